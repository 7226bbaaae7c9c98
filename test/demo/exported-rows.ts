/** What an export of a quarantined server holds, read as a person would: from the text of `mariadb-binlog --verbose`. Pure. */

/**
 * Values of the first column of every row that was inserted into a table.
 *
 * @param table - `<schema>.<table>`
 */
export function insertedKeys(text: string, table: string): readonly string[] {
  const [schema, name] = table.split('.');
  const inserted = new RegExp(`^### INSERT INTO \`${schema}\`\\.\`${name}\`\\n### SET\\n###   @1='?(.*?)'?$`, 'gm');
  return [...text.matchAll(inserted)].map(([, key]) => key ?? '');
}
