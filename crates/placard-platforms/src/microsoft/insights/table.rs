//! Microsoft's tables: every field in double quotes, those within doubled (Microsoft, `platforms/microsoft.md` §6, CSV).

use std::collections::HashMap;

/// A table with named columns.
pub(super) struct Table {
    columns: HashMap<String, usize>,
    rows: Vec<Vec<String>>,
}

/// One row of a table.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    table: &'a Table,
    cells: &'a [String],
}

impl Table {
    /// The table in `text`; `None` if a row is no row of it.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut lines = records(text.strip_prefix('\u{feff}').unwrap_or(text))?.into_iter();
        let columns: HashMap<_, _> =
            lines.next()?.into_iter().enumerate().map(|(index, name)| (name, index)).collect();
        let rows: Vec<_> = lines.filter(|cells| cells.iter().any(|cell| !cell.is_empty())).collect();
        rows.iter().all(|cells| cells.len() == columns.len()).then_some(Self { columns, rows })
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|cells| Row { table: self, cells })
    }
}

impl<'a> Row<'a> {
    /// The cell of the column `name`.
    pub(super) fn cell(self, name: &str) -> Option<&'a str> {
        let index = *self.table.columns.get(name)?;
        self.cells.get(index).map(String::as_str)
    }
}

/// The records of `text`; `None` if a quote is left open.
fn records(text: &str) -> Option<Vec<Vec<String>>> {
    let (mut records, mut cells, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                cells.push(std::mem::take(&mut cell));
                records.push(std::mem::take(&mut cells));
            }
            other => cell.push(other),
        }
    }
    if !cell.is_empty() || !cells.is_empty() {
        cells.push(cell);
        records.push(cells);
    }
    (!quoted).then_some(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_hold_commas_quotes_and_lines() {
        let text = "\u{feff}\"Name\",\"Clicks\"\r\n\"Tents, \"\"light\"\"\nand dry\",\"5\"\r\n\r\n";
        let table = Table::read(text).unwrap();
        let rows: Vec<_> = table.rows().map(|row| (row.cell("Name"), row.cell("Clicks"))).collect();
        assert_eq!(rows, [(Some("Tents, \"light\"\nand dry"), Some("5"))]);
        assert!(table.rows().all(|row| row.cell("Spend").is_none()));
    }

    #[test]
    fn a_torn_table_is_none() {
        for text in ["\"A\",\"B\"\n\"1\"\n", "\"A\n", ""] {
            assert!(Table::read(text).is_none(), "{text:?}");
        }
    }
}
