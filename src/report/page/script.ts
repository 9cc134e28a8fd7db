/**
 * What pages do beyond showing: sort tables, copy commands, hold pictures that are shown in turn. Everything is there to
 * be read without it. It writes text alone, never HTML.
 */
export const SCRIPT = `
'use strict';
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
for (const element of all('[data-scripted]')) element.hidden = false;

for (const table of all('table.sortable')) {
  const body = table.tBodies[0];
  all('thead th', table).forEach((head, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      const direction = head.getAttribute('aria-sort') === 'ascending' ? -1 : 1;
      for (const other of all('thead th', table)) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', direction === 1 ? 'ascending' : 'descending');
      const valueOf = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
      const rows = [...body.rows].sort((a, b) => {
        const [x, y] = [valueOf(a), valueOf(b)];
        if (x === '' || y === '') return x === y ? 0 : x === '' ? 1 : -1;
        const difference = Number(x) - Number(y);
        return direction * (Number.isNaN(difference) ? x.localeCompare(y, 'en', { numeric: true }) : difference);
      });
      body.append(...rows);
    });
  });
}

for (const field of all('input[data-filters]')) {
  const table = document.getElementById(field.dataset.filters);
  field.addEventListener('input', () => {
    const wanted = field.value.toLowerCase();
    for (const row of table.tBodies[0].rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
}

for (const button of all('button[data-copies]')) {
  const text = button.parentElement.querySelector('[data-copied]');
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text.innerText);
      button.textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(text);
      button.textContent = 'Selected';
    }
    setTimeout(() => (button.textContent = 'Copy'), 1500);
  });
}

for (const group of all('.turn')) {
  const image = group.parentElement.querySelector('img');
  const address = image.src;
  for (const button of all('button', group))
    button.addEventListener('click', () => {
      for (const other of all('button', group)) other.setAttribute('aria-pressed', String(other === button));
      image.src = address + button.dataset.shows;
    });
}

const opened = new Set();
addEventListener('beforeprint', () => {
  for (const details of all('details[data-prints]:not([open])')) opened.add(details), (details.open = true);
});
addEventListener('afterprint', () => {
  for (const details of opened) details.open = false;
  opened.clear();
});
`;
