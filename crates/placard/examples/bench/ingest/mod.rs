//! Taking a file of numbers in: read, checked, under row-level security, merged.

mod bare;
mod dlt;
mod file;
mod product;

use crate::{
    Size,
    figure::{Bar, Figure, bytes, grouped},
    timing::Samples,
};
use anyhow::Result;
use bare::Bare;
use file::{Order, csv};
use placard_store::testing::TestDatabase;
use product::{Product, Written};

/// Of a bare COPY and `insert … on conflict do update`.
const OF_BARE: f64 = 0.85;
/// Of dlt's load of the same file.
const OF_DLT: f64 = 3.0;

/// Rounds of one kind.
#[derive(Default)]
struct Times {
    ours: Samples,
    bare: Samples,
}

/// Takes the same rows in by every way, new ones and unchanged ones.
pub(crate) async fn measure(size: Size) -> Result<Vec<Figure>> {
    let database = TestDatabase::create().await;
    let (new_file, same_file) = (csv(size.rows, Order::ByDay), csv(size.rows, Order::ByAd));
    let mut product = Product::new(&database).await?;
    let mut bare: Option<Bare> = None;
    let (mut new, mut same, mut guarded) = (Times::default(), Times::default(), Samples::default());
    let mut written = Written::default();
    for round in 0..=size.rounds {
        product.clear().await?;
        let took = product.take(&new_file, (size.rows, 0)).await?;
        if let Some(bare) = &mut bare {
            new.ours.push(took);
            bare.clear().await?;
            new.bare.push(bare.replace(size.rows).await?);
            guarded.push(bare.replace_changed(0).await?);
        } else {
            // The first round only warms up, and leaves the rows for the baseline.
            bare = Some(Bare::with_rows_of(&database).await?);
        }
        let mark = product.mark().await?;
        let took = product.take(&same_file, (0, size.rows)).await?;
        written = product.written_since(&mark).await?;
        if let Some(bare) = bare.as_mut().filter(|_| round > 0) {
            same.ours.push(took);
            same.bare.push(bare.replace(size.rows).await?);
        }
    }
    let Some(bare) = bare else { return Ok(Vec::new()) };
    let mut figures = compared(size, &new, &same, &guarded, bare.last_wal());
    figures.push(unchanged(written));
    figures.extend(dlt::measure(size, &new_file, &new.ours, OF_DLT).await?);
    Ok(figures)
}

fn compared(size: Size, new: &Times, same: &Times, guarded: &Samples, wal: i64) -> Vec<Figure> {
    let rows = grouped(size.rows as f64);
    let count = (size.rows, "rows");
    let least = Bar::AtLeast(OF_BARE);
    vec![
        Figure::speeds(format!("ingest {rows} new rows"), count, &new.ours, ("bare COPY", &new.bare), least)
            .note(
                "ours: the CSV file read and every cell checked, staged, merged under row-level security; the \
                 baseline: the same rows ready in memory in COPY's binary form, staged, `insert … on conflict do \
                 update` as superuser into equal tables without policies; both commit durably",
            ),
        Figure::speeds(
            format!("ingest {rows} unchanged rows"),
            count,
            &same.ours,
            ("bare COPY", &same.bare),
            least,
        )
        .note(format!("the same numbers in a file of another order; the baseline writes them all again, {} of log", bytes(wal)))
        .note(format!(
            "with `where … is distinct from` the baseline does {} rows/s ({}) on unchanged rows",
            grouped(guarded.per_second(size.rows)),
            guarded.show()
        )),
    ]
}

fn unchanged(written: Written) -> Figure {
    Figure::new(
        "rows written when nothing changed",
        format!("{} rows, {} bytes", written.rows, written.growth),
        "0 rows, 0 bytes",
        1.0,
        Bar::Equal,
    )
    .note(format!(
        "every metric row keeps its place, its writer and no locker, and no metric table or index grew; {} of log \
         went to the note that the file was imported, the audit log and the temporary table's catalogue entries",
        bytes(written.wal)
    ))
}
