//! Where a run had settled, and how evenly its work was spread.

use crate::plan::ExecutorKind;
use crate::report::analyse::Facts;
use crate::report::analyse::figures::{batches, completion_rate, medians};
use crate::report::gather::seconds;
use crate::report::summary::{Figure, SteadyState, Unit};
use crate::report::words;
use crate::stats::{Steady, jain_index, mser5};

/// Where throughput and the time of tasks, or of iterations where there are no tasks, had settled: the later of two MSER-5 cuts.
pub(super) fn steady(facts: &Facts<'_>) -> SteadyState {
    let none = |says: &str| SteadyState {
        from_s: None,
        says: says.to_owned(),
        completion_rate: Figure::none(Unit::PerMinute),
    };
    let Some((from, to)) = facts.load else {
        return none("there was no load");
    };
    let work = facts.work();
    let counts = batches(&work, from, to);
    // Bins of at least a few: single ones in short bins are noise that hides a ramp.
    let bins = (work.ok_in_load as usize / 3).clamp(1, 200);
    let chunk = counts.len().div_ceil(bins).max(1);
    let joined: Vec<f64> = counts.chunks_exact(chunk).map(|some| some.iter().sum()).collect();
    let bin_s = seconds(work.over_time.width()) * chunk as f64;
    let (from_s, to_s) = (seconds(from), seconds(to));
    let middles = medians(work.times, bin_s, from_s, to_s);
    let cut = match (mser5(&joined), mser5(&middles)) {
        (Steady::From(a), Steady::From(b)) => a.max(b) as f64 * bin_s,
        (Steady::TooFew, _) | (_, Steady::TooFew) => return none(&format!("too few {}s to say", work.noun)),
        _ => return none(&format!("not steady: throughput or {} time kept changing", work.noun)),
    };
    let start = from_s + cut;
    let says = if cut < bin_s {
        "steady from the start of the load".to_owned()
    } else {
        format!("steady from {} into the load on", words::lasting(cut))
    };
    let rate = completion_rate(facts, &work, Some(((start * 1e9) as u64, to)));
    SteadyState { from_s: Some(start), says, completion_rate: rate }
}

/// Jain's index over the users of each executor with a constant number of them; the least.
pub(super) fn evenness(facts: &Facts<'_>) -> Figure {
    let iterations = &facts.gathered.iterations;
    let mut least: Option<(f64, u64)> = None;
    for (key, executor) in &facts.manifest.plan.load {
        if !matches!(executor.kind, ExecutorKind::ConstantUsers { .. }) {
            continue;
        }
        let mut counts: Vec<f64> = vec![0.0; executor.users_max() as usize];
        // Users of the author's own do iterations, whether or not they execute notebooks.
        let own = iterations.own.contains(key);
        for ((who, index), completed) in if own { &iterations.per_user } else { &facts.gathered.tasks.per_user } {
            if **who == **key
                && let Some(slot) = counts.get_mut(*index as usize)
            {
                *slot = *completed as f64;
            }
        }
        if let Some(index) = jain_index(&counts).filter(|_| counts.len() > 1)
            && least.is_none_or(|(known, _)| index < known)
        {
            least = Some((index, counts.len() as u64));
        }
    }
    least.map_or_else(|| Figure::none(Unit::Count), |(index, users)| Figure::exact(Unit::Count, index, users))
}
