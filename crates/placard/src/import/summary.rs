//! What was understood, as text for the person who loads the file.

use super::{
    Column, CurrencySource, DateFormat, DateOrder, DecimalMark, Delimiter, Field, Import, Role, Skipped,
    Totals, TotalsRow, Understood, understood::noun,
};
use crate::report::{Align, format, grid};
use rust_decimal::Decimal;
use std::fmt;

/// Rejects named in the text; the file of rejects has them all.
const REJECTS_SHOWN: usize = 20;

impl fmt::Display for Import {
    /// What was understood, what was passed over, what adds up, and the rows that are broken.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { understood, totals, rejects, .. } = self;
        writeln!(f, "{}", headline(understood, totals))?;
        writeln!(f)?;
        let mut extras = totals.extras.iter().copied();
        let rows: Vec<Vec<String>> = understood
            .columns
            .iter()
            .map(|column| {
                let is_extra = matches!(column.role, Role::Extra { .. });
                described(column, is_extra.then(|| extras.next().flatten()).flatten())
            })
            .collect();
        f.write_str(&grid(&["Column", "Read as", ""], &[Align::Left; 3], &rows, 2))?;
        writeln!(f)?;
        for remark in understood.remarks() {
            writeln!(f, "  {remark}")?;
        }
        writeln!(f)?;
        f.write_str(&sums(totals))?;
        if !rejects.is_empty() {
            writeln!(f, "\n{} cannot be loaded:", counted(rejects.len(), "row"))?;
            for reject in rejects.iter().take(REJECTS_SHOWN) {
                writeln!(f, "  line {}: {}", reject.line, reject.reason)?;
            }
            if let Some(more @ 1..) = rejects.len().checked_sub(REJECTS_SHOWN) {
                writeln!(f, "  and {more} more")?;
            }
        }
        Ok(())
    }
}

fn described(column: &Column, sum: Option<Decimal>) -> Vec<String> {
    let read_as = match column.role {
        Role::Field(field) => field.name(),
        Role::Extra { .. } => "kept as written",
        Role::Ignored => "left out",
    };
    let sum = sum.map(|sum| format!("adds up to {}", format::quantity(sum)));
    let note: Vec<String> = sum.into_iter().chain(column.note.clone()).collect();
    vec![column.header.clone(), read_as.to_owned(), note.join("; ")]
}

impl Understood {
    /// What was decided, a sentence each.
    fn remarks(&self) -> Vec<String> {
        let mut remarks = vec![self.layout(), self.notation()];
        if self.by_name {
            remarks.push(format!("There is no id of the {}: names tell them apart.", noun(self.level)));
        }
        for (field, count) in &self.blanks_as_zero {
            remarks.push(format!("{} of {field} read as 0.", counted(*count, "blank cell")));
        }
        for row in &self.totals_rows {
            remarks.push(row.to_string());
        }
        remarks.extend(passed_over(&self.skipped));
        remarks.extend(self.warnings.iter().map(|warning| format!("Careful: {warning}.")));
        remarks
    }

    fn layout(&self) -> String {
        let delimiter = match self.delimiter {
            Delimiter::Comma => "commas",
            Delimiter::Semicolon => "semicolons",
            Delimiter::Tab => "tabs",
        };
        let encoding = self.encoding;
        let above = if self.header_line > 1 { "; what is above it is left out" } else { "" };
        format!("{encoding}, separated by {delimiter}, header on line {}{above}.", self.header_line)
    }

    fn notation(&self) -> String {
        let dates = match &self.dates {
            DateFormat::Plain => "Dates read in one way only".to_owned(),
            DateFormat::Ordered { order, proof } => {
                let order = match order {
                    DateOrder::DayFirst => "day-first",
                    DateOrder::MonthFirst => "month-first",
                };
                match proof {
                    Some((line, text)) => format!("Dates are {order}, as `{text}` on line {line} shows"),
                    None => format!("Dates are {order}, as said"),
                }
            }
        };
        let decimal = match self.decimal {
            DecimalMark::Point => "a decimal point",
            DecimalMark::Comma => "a decimal comma",
        };
        let currency = match self.currency {
            CurrencySource::Header(currency) => format!("amounts are in {currency} by their header"),
            CurrencySource::Said(currency) => format!("amounts are in {currency}, as said"),
            CurrencySource::Column { .. } => "each row says its currency".to_owned(),
        };
        format!("{dates}; numbers have {decimal}; {currency}.")
    }
}

impl fmt::Display for TotalsRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line {} has totals and is not loaded; ", self.line)?;
        let Some((last, rest)) = self.differs.split_last() else {
            return f.write_str("the rows add up to them.");
        };
        f.write_str("the rows do not add up to them: ")?;
        let said = |(field, stated, summed): &(Field, Decimal, Decimal)| {
            format!("{field} {stated} there, {summed} here")
        };
        for difference in rest {
            write!(f, "{}, ", said(difference))?;
        }
        write!(f, "{}.", said(last))
    }
}

fn headline(understood: &Understood, totals: &Totals) -> String {
    let days =
        totals.days.map_or_else(String::new, |(first, last)| format!(", {}", format::period(first, last)));
    let split = match understood
        .columns
        .iter()
        .any(|column| matches!(column.role, Role::Field(Field::Age | Field::Gender | Field::Breakdown)))
    {
        true => ", day and segment",
        false => " and day",
    };
    format!("{} to load, one for each {}{split}{days}", counted(totals.rows, "row"), noun(understood.level))
}

fn sums(totals: &Totals) -> String {
    let header = ["", "Impressions", "Clicks", "Spend", "Conversions", "Value"];
    let rows: Vec<Vec<String>> = totals
        .sums
        .iter()
        .map(|(currency, sums)| {
            vec![
                currency.to_string(),
                format::quantity(sums.impressions.into()),
                format::quantity(sums.clicks.into()),
                format::money(sums.spend, *currency),
                format::quantity(sums.conversions),
                format::money(sums.conversion_value, *currency),
            ]
        })
        .collect();
    grid(
        &header,
        &[Align::Left, Align::Right, Align::Right, Align::Right, Align::Right, Align::Right],
        &rows,
        2,
    )
}

fn passed_over(skipped: &[Skipped]) -> Vec<String> {
    let of = |wanted: fn(&Skipped) -> Option<u64>| skipped.iter().filter_map(wanted).collect::<Vec<_>>();
    let blank = of(|skipped| if let Skipped::Blank { line } = skipped { Some(*line) } else { None });
    let subtotals = of(|skipped| if let Skipped::Subtotal { line } = skipped { Some(*line) } else { None });
    let say = |lines: Vec<u64>, what: &str| {
        let first = lines.first().copied()?;
        Some(format!("{} left out, the first on line {first}.", counted(lines.len(), what)))
    };
    [say(blank, "blank row"), say(subtotals, "subtotal (`All`)")].into_iter().flatten().collect()
}

fn counted(count: usize, noun: &str) -> String {
    let number = format::quantity(count.into());
    if count == 1 { format!("{number} {noun}") } else { format!("{number} {noun}s") }
}
