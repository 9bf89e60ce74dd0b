//! A queue under steady load while an old snapshot keeps the rows of finished jobs from being removed.

use super::{
    BATCH, WORKERS,
    queue::{Bare, Ours, Queue},
};
use crate::{
    Size,
    figure::{Bar, Figure, grouped},
};
use anyhow::Result;
use placard_store::testing::TestDatabase;
use sqlx::{Connection, Executor};
use std::time::{Duration, Instant};

/// Of the first tenth of the time.
const OF_THE_BEGINNING: f64 = 0.9;
/// Jobs that are always there.
const BACKLOG: usize = 10_000;
/// Slices of the whole time. In each the queue works first and the control after it.
const SLICES: u32 = 60;
/// How much of a slice the control gets.
const CONTROL_SHARE: f64 = 0.2;

/// Jobs a second over the slices of one run, and the control's beside them.
struct Course {
    queue: Vec<f64>,
    control: Vec<f64>,
}

/// The first and the last tenth of a course.
struct Ends {
    first: f64,
    last: f64,
}

impl Ends {
    fn of(rates: &[f64]) -> Self {
        let tenth = (rates.len() / 10).max(1);
        let mean = |rates: &[f64]| rates.iter().sum::<f64>() / rates.len() as f64;
        Self { first: mean(&rates[..tenth]), last: mean(&rates[rates.len() - tenth..]) }
    }

    fn ratio(&self) -> f64 {
        self.last / self.first
    }
}

impl Course {
    /// How much of its first speed the queue has left, by the measure of a control that cannot decay: what else the
    /// machine does slows both.
    fn left(&self) -> f64 {
        let relative: Vec<f64> =
            self.queue.iter().zip(&self.control).map(|(queue, control)| queue / control).collect();
        Ends::of(&relative).ratio()
    }
}

/// Watches our queue and a bare loop, one after the other, for as long.
pub(crate) async fn decay(size: Size) -> Result<Vec<Figure>> {
    let whole = Duration::from_secs_f64(size.decay_seconds);
    let database = TestDatabase::create().await;
    let ours = watch(&database, Ours::workers(&database, WORKERS, BATCH).await?, whole).await?;
    drop(database);
    let database = TestDatabase::create_empty().await;
    let bare = watch(&database, Bare::workers(&database, WORKERS, BATCH).await?, whole).await?;

    let minutes = size.decay_seconds / 60.0;
    let tenth = if (minutes - 10.0).abs() < 0.01 {
        "minute ten beside minute one".to_owned()
    } else {
        format!(
            "last {0:.0} s of {1:.0} s beside the first {0:.0} s",
            size.decay_seconds / 10.0,
            size.decay_seconds
        )
    };
    let (first_of, now) = (Ends::of(&ours.queue), Ends::of(&bare.queue));
    let show = |ends: &Ends| format!("{} → {} jobs/s", grouped(ends.first), grouped(ends.last));
    let mut figure = Figure::new(
        format!("queue under an old snapshot, {tenth}"),
        show(&first_of),
        format!("bare SKIP LOCKED: {}", show(&now)),
        ours.left(),
        Bar::AtLeast(OF_THE_BEGINNING),
    )
    .note(format!(
        "ratio: what ours has left of its first speed, {:.2}× by the control, {:.2}× by the clock; the bare loop has \
         {:.2}× and {:.2}× left",
        ours.left(),
        first_of.ratio(),
        bare.left(),
        now.ratio()
    ))
    .note(format!(
        "control: the bare loop in a database of its own, emptied for every slice, so that it cannot decay: {} beside \
         ours, {} beside the bare loop; what it changes is the machine's noise",
        show(&Ends::of(&ours.control)),
        show(&Ends::of(&bare.control))
    ));
    if minutes < 10.0 {
        figure = figure.note("shortened; the bar is about ten minutes: ./x bench jobs-decay --minutes 10");
    }
    Ok(vec![figure])
}

/// Lets `workers` work for `whole` beside a snapshot as old as the run.
async fn watch<Q: Queue>(database: &TestDatabase, mut workers: Vec<Q>, whole: Duration) -> Result<Course> {
    let elsewhere = TestDatabase::create_empty().await;
    let mut control = Bare::workers(&elsewhere, WORKERS, BATCH).await?;
    workers[0].fill(BACKLOG).await?;
    let mut holder = database.superuser().await;
    holder.execute("begin isolation level repeatable read").await?;
    holder.execute("select count(*) from pg_class").await?;

    let slice = whole / SLICES;
    let control_time = slice.mul_f64(CONTROL_SHARE);
    let mut course = Course { queue: Vec::new(), control: Vec::new() };
    for _ in 0..SLICES {
        course.queue.push(work(&mut workers, slice - control_time).await?);
        control[0].clear().await?;
        control[0].fill(BACKLOG).await?;
        course.control.push(work(&mut control, control_time).await?);
    }
    holder.close().await?;
    Ok(course)
}

/// Jobs a second while all workers claim and complete for `time`. Each puts in as many as it takes, which is not
/// counted.
async fn work<Q: Queue>(workers: &mut [Q], time: Duration) -> Result<f64> {
    let count = workers.len() as f64;
    let began = Instant::now();
    let each = workers.iter_mut().map(|worker| async move {
        let (mut done, mut busy) = (0, Duration::ZERO);
        while began.elapsed() < time {
            let cycle = Instant::now();
            let taken = worker.cycle().await?;
            busy += cycle.elapsed();
            done += taken;
            worker.fill(taken).await?;
        }
        Ok::<_, anyhow::Error>((done, busy))
    });
    let all = futures::future::try_join_all(each).await?;
    let done: usize = all.iter().map(|(done, _)| done).sum();
    let busy: Duration = all.iter().map(|(_, busy)| *busy).sum();
    Ok(done as f64 / busy.as_secs_f64() * count)
}
