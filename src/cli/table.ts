/** Rows as aligned columns. Pure. Colours are put on afterwards or are outside the cells, so that widths are true. */

/**
 * @param rows cells; a row may be shorter than others
 * @param indent spaces before each row
 */
export function tableLines(rows: readonly (readonly string[])[], indent = 2): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return rows.map((row) => {
    const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    return `${' '.repeat(indent)}${cells.join('  ')}`.trimEnd();
  });
}
