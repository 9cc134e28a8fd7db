import { html, type Html } from '../page/html.js';
import type { RunReport } from '../run-report.js';

/** Environments with their digests and what their programs say of themselves. */
export function environmentsSection({ environments, plain }: RunReport): Html {
  if (environments.length === 0) return html`<p class="soft">No environment was opened.</p>`;
  return html`${environments.map(
    ({ name, runtime, digest, details }) =>
      html`<h3>${name} <span class="soft small">${runtime}</span></h3>
        <p class="small">Digest <code>${digest}</code></p>
        <details data-prints>
          <summary>What is in it</summary>
          <div class="scroll">
            <table>
              <tbody>
                ${Object.entries(details).map(
                  ([key, value]) =>
                    html`<tr>
                      <th scope="row">${plain(key)}</th>
                      <td>${plain(value)}</td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>
        </details>`,
  )}`;
}
