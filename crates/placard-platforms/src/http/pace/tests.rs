use super::*;
use async_trait::async_trait;

const SECOND: Duration = Duration::from_secs(1);

fn limits(calls: u32, stops: bool) -> Limits {
    Limits {
        windows: vec![Window { calls, length: SECOND }],
        learning: None,
        stops,
        block: 2,
        hold: SECOND,
        name: "ten calls a second are used up".to_owned(),
    }
}

fn pacer(ledger: &Arc<InProcess>) -> Arc<Pacer> {
    Arc::new(Pacer::new(Pace { ledger: ledger.clone(), second: SECOND }))
}

/// Makes `calls` calls that take `answer` each, and says when each was answered.
async fn call(pacer: Arc<Pacer>, calls: usize, answer: Duration) -> Vec<Instant> {
    let mut made = Vec::new();
    for _ in 0..calls {
        let pass = pacer.pass("ad", &limits(10, false), 1, Urgency::Publishing).await.unwrap();
        tokio::time::sleep(answer).await;
        made.push(Instant::now());
        drop(pass);
    }
    made
}

#[tokio::test(start_paused = true)]
async fn two_processes_together_stay_below_the_limit_and_use_nearly_all_of_it() {
    let (ledger, begun) = (Arc::new(InProcess::default()), Instant::now());
    let one = tokio::spawn(call(pacer(&ledger), 100, Duration::from_millis(3)));
    let other = tokio::spawn(call(pacer(&ledger), 100, Duration::from_millis(40)));
    let mut made = one.await.unwrap();
    made.extend(other.await.unwrap());
    made.sort_unstable();
    for from in &made {
        let within = made.iter().filter(|at| *at >= from && **at < *from + SECOND).count();
        assert!(within <= 10, "{within} calls within a second");
    }
    let ideal = SECOND * 19;
    let share = ideal.div_duration_f64(begun.elapsed());
    assert!(share > 0.9, "only {share:.2} of the limit was used");
}

#[tokio::test(start_paused = true)]
async fn far_below_the_limit_nobody_waits_and_few_questions_are_asked() {
    let counting = Arc::new(Counting::default());
    let pacer = Pacer::new(Pace { ledger: counting.clone(), second: SECOND });
    let begun = Instant::now();
    let want = Want { subject: "ad".to_owned(), limits: limits(1000, false), costs: vec![1; 100] };
    assert_eq!(pacer.room(&[want], Urgency::Publishing).await.unwrap(), Room::ENOUGH);
    for _ in 0..100 {
        drop(pacer.pass("ad", &limits(1000, false), 1, Urgency::Publishing).await.unwrap());
    }
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert_eq!(*locked(&counting.asked), 1, "a slice asks once");
}

#[tokio::test(start_paused = true)]
async fn a_stop_finds_the_room_that_publishing_leaves() {
    let (ledger, begun) = (Arc::new(InProcess::default()), Instant::now());
    let a_minute = Window { calls: 20, length: SECOND * 60 };
    let limits = Limits { windows: vec![a_minute], hold: SECOND * 60, ..limits(20, true) };
    let publishing = pacer(&ledger);
    let want = Want { subject: "ad".to_owned(), limits: limits.clone(), costs: vec![1; 100] };
    let room = publishing.room(std::slice::from_ref(&want), Urgency::Publishing).await.unwrap();
    assert_eq!(room, Room::Now(15));
    let stopping = pacer(&ledger);
    for _ in 0..5 {
        drop(stopping.pass("ad", &limits, 1, Urgency::Stopping).await.unwrap());
    }
    assert_eq!(begun.elapsed(), Duration::ZERO);
    // Even over the limit it waits no longer than a second.
    drop(stopping.pass("ad", &limits, 1, Urgency::Stopping).await.unwrap());
    assert!(begun.elapsed() <= SECOND);
}

#[tokio::test(start_paused = true)]
async fn of_a_second_publishing_leaves_nothing_because_a_stop_waits_it_out() {
    let (ledger, begun) = (Arc::new(InProcess::default()), Instant::now());
    let limits = limits(10, true);
    let publishing = pacer(&ledger);
    let want = Want { subject: "ad".to_owned(), limits: limits.clone(), costs: vec![1; 100] };
    let room = publishing.room(std::slice::from_ref(&want), Urgency::Publishing).await.unwrap();
    assert_eq!(room, Room::Now(10));
    drop(pacer(&ledger).pass("ad", &limits, 1, Urgency::Stopping).await.unwrap());
    assert!(begun.elapsed() <= SECOND);
}

#[tokio::test(start_paused = true)]
async fn room_is_for_the_first_requests_that_fit_and_for_none_before_there_is_some() {
    let pacer = pacer(&Arc::new(InProcess::default()));
    let want = |subject: &str, costs: &[u32]| Want {
        subject: subject.to_owned(),
        limits: limits(10, false),
        costs: costs.to_vec(),
    };
    // The first two go in one call, the next needs twelve.
    let room = pacer.room(&[want("a", &[3, 0, 4, 4])], Urgency::Publishing).await.unwrap();
    assert_eq!(room, Room::Now(3));
    for cost in [3, 4] {
        drop(pacer.pass("a", &limits(10, false), cost, Urgency::Publishing).await.unwrap());
    }
    let room =
        pacer.room(&[want("b", &[1, 0, 0]), want("a", &[0, 0, 4])], Urgency::Publishing).await.unwrap();
    assert_eq!(room, Room::Now(2), "what comes before the one that waits can go");
    let room = pacer.room(&[want("a", &[4])], Urgency::Publishing).await.unwrap();
    assert_eq!(room, Room::After { wait: SECOND, limit: "ten calls a second are used up".to_owned() });
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_heeded_by_every_process_for_as_long_as_the_platform_says() {
    let ledger = Arc::new(InProcess::default());
    let (one, other) = (pacer(&ledger), pacer(&ledger));
    let limits = limits(10, true);
    one.refused("ad", &limits, SECOND * 600).await.unwrap();
    for urgency in [Urgency::Publishing, Urgency::Stopping] {
        let refused = other.pass("ad", &limits, 1, urgency).await;
        assert!(matches!(refused, Err(PaceError::Full { wait, .. }) if wait == SECOND * 600));
    }
    tokio::time::advance(SECOND * 600).await;
    assert!(other.pass("ad", &limits, 1, Urgency::Publishing).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn nothing_goes_out_uncounted() {
    struct Away;
    #[async_trait]
    impl Ledger for Away {
        async fn exchange(&self, _: &str, _: &Claim) -> Result<Grant, LedgerError> {
            Err(LedgerError("away".into()))
        }
        async fn refused(&self, _: &str, _: Duration, _: Option<Learning>) -> Result<(), LedgerError> {
            Err(LedgerError("away".into()))
        }
    }
    let pacer = Pacer::new(Pace { ledger: Arc::new(Away), second: SECOND });
    let call = pacer.pass("ad", &limits(10, true), 1, Urgency::Publishing).await;
    assert!(matches!(call, Err(PaceError::Ledger(_))));
}

/// Counts how often it is asked.
#[derive(Default)]
struct Counting {
    asked: Mutex<usize>,
    inner: InProcess,
}

#[async_trait]
impl Ledger for Counting {
    async fn exchange(&self, subject: &str, claim: &Claim) -> Result<Grant, LedgerError> {
        *locked(&self.asked) += 1;
        self.inner.exchange(subject, claim).await
    }

    async fn refused(
        &self,
        subject: &str,
        wait: Duration,
        learning: Option<Learning>,
    ) -> Result<(), LedgerError> {
        self.inner.refused(subject, wait, learning).await
    }
}

#[test]
fn a_slice_ends_before_the_call_that_would_keep_a_stop_waiting() {
    assert_eq!(slice([1, 0, 0, 1, 1, 0, 1, 0, 1, 0]), 8, "the fifth call begins the next slice");
    assert_eq!(slice([0; 50]), 50, "what shares a call is not held back");
    assert_eq!(slice([9, 1]), 1, "one request always goes out");
}
