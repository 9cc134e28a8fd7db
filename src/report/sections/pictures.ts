import { html, type Html } from '../page/html.js';
import { pictureSource, type ShownPicture } from '../shown-pictures.js';
import { entitiesText } from './words.js';

/** CSS pixels: as wide as the text of a page. */
const WIDEST = 1160;
/** A picture alone may be that much larger than it was drawn: more blows up its letters. */
const ALONE = 1.25;

/** Pictures of one name: of the runs or sessions of a participant, say. */
export type PictureGroup = readonly [ShownPicture, ...ShownPicture[]];

export function picturesByName(pictures: readonly ShownPicture[]): PictureGroup[] {
  const groups = new Map<string, [ShownPicture, ...ShownPicture[]]>();
  for (const picture of pictures) {
    const id = `${picture.stage} ${picture.name}`;
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [picture]);
    else group.push(picture);
  }
  return [...groups.values()];
}

/** Pictures of one name under its title, with what to look for in them: one large, several side by side. */
export function pictureGroup([first, ...others]: PictureGroup, figures: readonly Html[]): Html {
  return html`<div class="pictures ${others.length > 0 && 'several'}">
    <h3>${first.title}</h3>
    <p class="about">${first.about}</p>
    <div>${figures}</div>
  </div> `;
}

/** A picture with what it is of. */
export async function figureOf(
  picture: ShownPicture,
  participant: string | undefined,
  several: boolean,
): Promise<Html> {
  const of = Object.entries(picture.entities).filter(([key]) => participant === undefined || key !== 'sub');
  const what = entitiesText(Object.fromEntries(of), '');
  const source = picture.file === undefined ? undefined : await pictureSource(picture.file);
  if (source === undefined)
    return html`<figure>
      <p class="notice warn">Not drawn: ${picture.job} has no result.</p>
    </figure> `;
  const width = Math.round(several ? source.width : Math.min(WIDEST, source.width * ALONE));
  const height = Math.round((width * source.height) / source.width);
  return html`<figure>
    <img
      src="${source.address}"
      width="${width}"
      height="${height}"
      loading="lazy"
      alt="${[picture.title, what].filter((each) => each !== '').join(', ')}. ${picture.about}"
    />
    ${source.inTurn && inTurn} ${what !== '' && html`<figcaption>${what}</figcaption>`}
  </figure> `;
}

/** Which of two images is shown: what moves can be held. */
const inTurn = html`<p class="turn" data-scripted hidden>
  <button type="button" class="plain" aria-pressed="true" data-shows="">In turn</button>
  <button type="button" class="plain" aria-pressed="false" data-shows="#before">First</button>
  <button type="button" class="plain" aria-pressed="false" data-shows="#after">Second</button>
</p>`;
