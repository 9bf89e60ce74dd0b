//! A report in a terminal.

use super::{
    EntityRow, EntityTable, ReportData, Section, Split, findings, format,
    grid::{Align, cut, fit, width, wrap},
    model::plural,
    sums::series,
};
use placard_domain::metric::{self, Metric, Sums};
use rust_decimal::{Decimal, prelude::ToPrimitive};

/// How the terminal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Its columns.
    pub width: usize,
    /// Whether it shows colours.
    pub colour: bool,
    /// Entities shown at each level; the rest is one row.
    pub rows: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { width: 100, colour: false, rows: 10 }
    }
}

/// The report as lines of text.
pub fn render(report: &ReportData, options: Options) -> String {
    let mut page = Page { out: String::new(), options };
    page.head(report);
    for section in &report.sections {
        page.section(report, section);
    }
    for warning in &report.warnings {
        page.warning(warning);
    }
    page.out
}

#[derive(Clone, Copy)]
enum Paint {
    Bold,
    Faint,
    Bar,
    Warning,
}

struct Page {
    out: String,
    options: Options,
}

/// One column of a table, and how soon it gives way on a narrow terminal: the highest rank first.
struct Column {
    title: &'static str,
    align: Align,
    paint: Option<Paint>,
    rank: u8,
    cells: Vec<String>,
}

/// Between columns.
const GAP: usize = 2;
/// A name may shrink to this before a column gives way.
const NAME_MIN: usize = 14;
/// A name never takes more.
const NAME_MAX: usize = 40;
/// Columns of a bar that stands for a share.
const BAR: usize = 12;
/// Columns of a sparkline.
const SPARK: usize = 16;

impl Page {
    fn head(&mut self, report: &ReportData) {
        let head = &report.head;
        self.line(&self.paint(Paint::Bold, &cut(&head.title, self.options.width)));
        let mut facts: Vec<String> = head.account.iter().cloned().collect();
        facts.push(head.period.to_string());
        facts.extend(head.zone.map(|zone| zone.name().to_owned()));
        facts.extend(head.known_at.map(|at| format!("as known on {}", at.format("%-d %B %Y, %H:%M UTC"))));
        self.line(&self.paint(Paint::Faint, &cut(&facts.join(" · "), self.options.width)));
    }

    fn section(&mut self, report: &ReportData, section: &Section) {
        self.rule(section.currency.code());
        self.text(&findings::summary(section));
        for finding in findings::of(&report.head, section) {
            self.text(&finding);
        }
        self.line("");
        self.tiles(report, section);
        if let Some(restatement) = section.restatement() {
            self.text(&restatement);
        }
        self.days(section);
        for table in &section.entities {
            self.entities(report, section, table);
        }
        self.segments(section);
        for split in &section.splits {
            self.split(section, split);
        }
    }

    /// The totals: name, value, change, and the line over the days.
    fn tiles(&mut self, report: &ReportData, section: &Section) {
        let metrics = section.metrics();
        let text =
            |of: &dyn Fn(&Metric) -> String| metrics.iter().map(|metric| of(metric)).collect::<Vec<_>>();
        let change = |metric: &Metric| {
            let before = section.previous.and_then(|previous| previous.value(metric));
            before.zip(section.totals.value(metric)).and_then(|(before, now)| format::change(now, before))
        };
        let days: Vec<Sums> = section.daily.iter().map(|day| day.sums).collect();
        let spark =
            |metric: &Metric| sparkline(&days, metric, self.options.width.saturating_sub(36).clamp(8, 62));
        let mut columns = vec![
            Column { paint: Some(Paint::Faint), ..left("", 0, text(&|metric| metric.title.to_owned())) },
            Column {
                paint: Some(Paint::Bold),
                ..right(
                    "",
                    0,
                    text(&|metric| format::metric(metric, section.totals.value(metric), section.currency)),
                )
            },
        ];
        if section.previous.is_some() {
            let changes = text(&|metric| change(metric).unwrap_or_default());
            columns.push(right("", 1, changes));
        }
        columns.push(Column { paint: Some(Paint::Bar), ..left("", 2, text(&spark)) });
        self.table(columns, None);
        if let Some(previous) = report.head.previous.filter(|_| section.previous.is_some()) {
            let compared = cut(&format!("compared with {previous}"), self.options.width);
            self.line(&self.paint(Paint::Faint, &compared));
        }
    }

    fn days(&mut self, section: &Section) {
        self.title("Days");
        let most = section.daily.iter().map(|day| day.sums.spend).max().unwrap_or_default();
        let sums: Vec<Sums> = section.daily.iter().map(|day| day.sums).collect();
        let dates = section.daily.iter().map(|day| {
            let mark = if day.provisional { " *" } else { "" };
            format!("{}{mark}", day.date.format("%a %d %b"))
        });
        let bars = sums.iter().map(|sums| bar(sums.spend, most)).collect();
        let mut columns = vec![left("Day", 0, dates.chain(["Total".to_owned()]).collect())];
        columns.push(Column { paint: Some(Paint::Bar), ..left("", 1, bars) });
        columns.extend(numbers(section, &sums));
        self.table(columns, Some(sums.len()));
        if section.daily.iter().any(|day| day.provisional) {
            let note = cut("* the platform may still restate these days", self.options.width);
            self.line(&self.paint(Paint::Faint, &note));
        }
    }

    fn entities(&mut self, report: &ReportData, section: &Section, table: &EntityTable) {
        self.title(plural(table.level));
        let shown = &table.rows[..table.rows.len().min(self.options.rows)];
        let rest = &table.rows[shown.len()..];
        let mut names: Vec<String> = shown.iter().map(|row| row.label().to_owned()).collect();
        let mut sums: Vec<Sums> = shown.iter().map(|row| row.sums).collect();
        let spark = |row: &EntityRow| {
            let days = row.by_day(report.head.period);
            metric::find("spend").map_or_else(String::new, |spend| sparkline(&days, spend, SPARK))
        };
        let mut sparks: Vec<String> = shown.iter().map(spark).collect();
        if !rest.is_empty() {
            names.push(format!("{} others", format::quantity(rest.len().into())));
            sums.push(section.totals.without(&sums));
            sparks.push(String::new());
        }
        names.push("Total".to_owned());
        let bars = sums.iter().map(|sums| bar(sums.spend, section.totals.spend)).collect();
        let mut columns = vec![
            left("Name", 0, names),
            Column { paint: Some(Paint::Bar), ..left("Share of spend", 2, bars) },
        ];
        columns.extend(numbers(section, &sums));
        columns.push(Column { paint: Some(Paint::Bar), ..left("Spend by day", 6, sparks) });
        self.table(columns, Some(sums.len()));
    }

    fn segments(&mut self, section: &Section) {
        if section.segments.is_empty() {
            return;
        }
        self.title("Age and gender");
        let part = |part: &Option<String>| part.clone().unwrap_or_else(|| format::NONE.to_owned());
        let sums: Vec<Sums> = section.segments.iter().map(|row| row.sums).collect();
        let ages = section.segments.iter().map(|row| part(&row.age)).chain(["Total".to_owned()]).collect();
        let genders = section.segments.iter().map(|row| part(&row.gender)).collect();
        let bars = sums.iter().map(|sums| bar(sums.spend, section.totals.spend)).collect();
        let mut columns = vec![
            left("Age", 0, ages),
            left("Gender", 0, genders),
            Column { paint: Some(Paint::Bar), ..left("Share of spend", 2, bars) },
        ];
        columns.extend(numbers(section, &sums));
        self.table(columns, Some(sums.len()));
    }

    fn split(&mut self, section: &Section, split: &Split) {
        self.title(split.by.title());
        let (mut names, mut sums): (Vec<String>, Vec<Sums>) =
            split.named().take(self.options.rows).map(|(name, sums)| (name, *sums)).unzip();
        if sums.len() < split.parts.len() {
            names.push(format!("{} others", split.parts.len() - sums.len()));
            sums.push(section.totals.without(&sums));
        }
        names.push("Total".to_owned());
        let bars = sums.iter().map(|sums| bar(sums.spend, section.totals.spend)).collect();
        let mut columns = vec![
            left(split.by.column(), 0, names),
            Column { paint: Some(Paint::Bar), ..left("Share of spend", 2, bars) },
        ];
        columns.extend(numbers(section, &sums));
        self.table(columns, Some(sums.len()));
    }

    /// Writes the columns that fit; `total` is the row under the rule.
    fn table(&mut self, mut columns: Vec<Column>, total: Option<usize>) {
        let mut widths: Vec<usize> = columns.iter().map(Column::width).collect();
        if let Some(name) = widths.first_mut() {
            *name = (*name).min(NAME_MAX);
        }
        let needed = |widths: &[usize]| widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
        while needed(&widths) > self.options.width {
            let spare = widths[0].saturating_sub(NAME_MIN);
            let over = needed(&widths) - self.options.width;
            if spare >= over {
                widths[0] -= over;
                break;
            }
            let Some(place) = weakest(&columns) else {
                widths[0] = widths[0].saturating_sub(over);
                break;
            };
            columns.remove(place);
            widths.remove(place);
        }
        if columns.iter().any(|column| !column.title.is_empty()) {
            let titles = columns.iter().zip(&widths).map(|(column, to)| fit(column.title, *to, column.align));
            let titles = titles.collect::<Vec<_>>().join(&" ".repeat(GAP));
            self.line(&self.paint(Paint::Faint, titles.trim_end()));
        }
        let rows = columns.first().map_or(0, |column| column.cells.len());
        for row in 0..rows {
            if total == Some(row) {
                self.line(&self.paint(Paint::Faint, &"─".repeat(needed(&widths))));
            }
            self.row(&columns, &widths, row, total == Some(row));
        }
    }

    fn row(&mut self, columns: &[Column], widths: &[usize], row: usize, is_total: bool) {
        let mut line = String::new();
        // Blanks wait until something follows, so that no line ends with them.
        let mut blanks = 0;
        for (column, to) in columns.iter().zip(widths) {
            let text = cut(column.cells.get(row).map_or("", String::as_str), *to);
            let before = if column.align == Align::Right { to - width(&text) } else { 0 };
            let after = to - width(&text) - before;
            blanks += before;
            if !text.is_empty() {
                line.push_str(&" ".repeat(blanks));
                let paint = if is_total { Some(Paint::Bold) } else { column.paint };
                line.push_str(&paint.map_or_else(|| text.clone(), |paint| self.paint(paint, &text)));
                blanks = 0;
            }
            blanks += after + GAP;
        }
        self.line(&line);
    }

    fn title(&mut self, title: &str) {
        self.out.push('\n');
        self.line(&self.paint(Paint::Bold, title));
    }

    /// A thin rule with a word in it.
    fn rule(&mut self, word: &str) {
        self.out.push('\n');
        let rest = self.options.width.saturating_sub(width(word) + 4);
        self.line(&self.paint(Paint::Faint, &format!("── {word} {}", "─".repeat(rest))));
    }

    /// Running text, broken between words.
    fn text(&mut self, text: &str) {
        for line in wrap(text, self.options.width) {
            self.line(&line);
        }
    }

    fn warning(&mut self, text: &str) {
        let mark = self.paint(Paint::Warning, "!");
        for (place, line) in wrap(text, self.options.width.saturating_sub(2)).iter().enumerate() {
            self.line(&if place == 0 { format!("{mark} {line}") } else { format!("  {line}") });
        }
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn paint(&self, paint: Paint, text: &str) -> String {
        if !self.options.colour || text.is_empty() {
            return text.to_owned();
        }
        let code = match paint {
            Paint::Bold => "1",
            Paint::Faint => "2",
            Paint::Bar => "36",
            Paint::Warning => "33",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

impl Column {
    fn width(&self) -> usize {
        self.cells.iter().map(|cell| width(cell)).chain([width(self.title)]).max().unwrap_or(0)
    }
}

fn left(title: &'static str, rank: u8, cells: Vec<String>) -> Column {
    Column { title, align: Align::Left, paint: None, rank, cells }
}

fn right(title: &'static str, rank: u8, cells: Vec<String>) -> Column {
    Column { align: Align::Right, ..left(title, rank, cells) }
}

/// The column that gives way next: of those with the highest rank the last.
fn weakest(columns: &[Column]) -> Option<usize> {
    let ranked = columns.iter().enumerate().filter(|(_, column)| column.rank > 0);
    ranked.max_by_key(|(_, column)| column.rank).map(|(place, _)| place)
}

/// The metrics of each row and of the total, with their ranks.
fn numbers(section: &Section, rows: &[Sums]) -> Vec<Column> {
    const RANKS: [(&str, u8); 11] = [
        ("spend", 0),
        ("impressions", 4),
        ("clicks", 3),
        ("ctr", 4),
        ("cpc", 5),
        ("cpm", 7),
        ("conversions", 0),
        ("cvr", 7),
        ("cpa", 1),
        ("conversion_value", 5),
        ("roas", 1),
    ];
    let rank =
        |metric: &Metric| RANKS.iter().find(|(name, _)| *name == metric.name).map_or(9, |(_, rank)| *rank);
    let cells = |metric: &Metric| -> Vec<String> {
        let rows = rows.iter().chain([&section.totals]);
        rows.map(|sums| format::metric(metric, sums.value(metric), section.currency)).collect()
    };
    section.metrics().into_iter().map(|metric| right(metric.title, rank(metric), cells(metric))).collect()
}

/// A bar of eighths from zero to `most`.
fn bar(value: Decimal, most: Decimal) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = steps(value, most, BAR * 8);
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

/// A line of at most `columns` characters from zero to the highest value; a blank is a day without a value.
fn sparkline(days: &[Sums], metric: &Metric, columns: usize) -> String {
    const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let values = series(days, metric, columns);
    let most = values.iter().flatten().max().copied().unwrap_or_default();
    let mark =
        |value: &Option<Decimal>| value.map_or(' ', |value| LEVELS[steps(value, most, LEVELS.len() - 1)]);
    values.iter().map(mark).collect::<String>().trim_end().to_owned()
}

/// Where `value` stands between zero and `most`, in `of` steps. What is more than nothing takes at least one.
fn steps(value: Decimal, most: Decimal, of: usize) -> usize {
    let share = value.checked_div(most).unwrap_or_default();
    let step = (share * Decimal::from(of)).round().to_usize().unwrap_or(0).min(of);
    if value > Decimal::ZERO { step.max(1) } else { step }
}
