//! How often machines went out of reach, for how long, and what that says of them.

use crate::report::diagnose::{NodeFacts, Outage};
use crate::report::summary::{Figure, ReachSpan, Unit, Uptime};
use crate::stats::{CONFIDENCE, Interval, availability, time_between_failures, time_to_repair};

/// A reboot and the outage that it made are this far apart at most, beside the distance of two samples: clocks of machines differ.
const SLACK_S: f64 = 5.0;

/// What the load shows of one machine, or of several that are taken to be alike.
pub(super) fn uptime(nodes: &[&NodeFacts], load: (f64, f64)) -> Uptime {
    let mut sums = Sums::default();
    nodes.iter().for_each(|node| sums.add(node, load));
    let known_s = sums.up_s + sums.down_s;
    let seen = known_s > 0.0;
    Uptime {
        interval: availability(sums.up_s, sums.down_s, sums.repairs, CONFIDENCE).map(|of| [of.low, of.high]),
        outages: seen.then_some(sums.outages),
        down_s: seen.then_some(sums.down_s),
        unknown_s: ((load.1 - load.0) * nodes.len() as f64 - known_s).max(0.0),
        between_outages: match time_between_failures(sums.up_s, sums.failures, CONFIDENCE) {
            Some((Some(mean), interval)) => figure(mean, interval, sums.failures),
            Some((None, interval)) => Figure { low: Some(interval.low), ..Figure::none(Unit::Seconds) },
            None => Figure::none(Unit::Seconds),
        },
        to_repair: match time_to_repair(sums.repaired_s, sums.repairs, CONFIDENCE) {
            Some((mean, interval)) => figure(mean, interval, sums.repairs),
            None => Figure::none(Unit::Seconds),
        },
        reach: match nodes {
            [node] => {
                node.presence.within(load).map(|of| ReachSpan { from_s: of.from_s, to_s: of.to_s, up: of.up }).collect()
            }
            _ => Vec::new(),
        },
        reboots_s: match nodes {
            [node] => reboots(node, load).map(|(_, seen_s)| seen_s).collect(),
            _ => Vec::new(),
        },
    }
}

fn figure(mean: f64, interval: Interval, of: u32) -> Figure {
    Figure::exact(Unit::Seconds, mean, u64::from(of)).within(interval.low, interval.high)
}

/// Boots that were first seen within the load: when, and when that was seen.
fn reboots(node: &NodeFacts, load: (f64, f64)) -> impl Iterator<Item = (f64, f64)> {
    node.reboots().into_iter().filter(move |(_, seen_s)| (load.0..load.1).contains(seen_s))
}

#[derive(Default)]
struct Sums {
    up_s: f64,
    down_s: f64,
    outages: u64,
    /// Outages that began within the load.
    failures: u32,
    /// Outages whose beginning and end were both seen.
    repairs: u32,
    repaired_s: f64,
}

impl Sums {
    fn add(&mut self, node: &NodeFacts, load: (f64, f64)) {
        let (up_s, down_s) = node.presence.seconds(load);
        self.up_s += up_s;
        self.down_s += down_s;
        let outages = node.presence.outages(load);
        for outage in &outages {
            self.outages += 1;
            // One that was there when the load began says nothing of how long the machine was up before it.
            self.failures += u32::from(outage.from_s > load.0);
            if outage.begun && outage.ended {
                self.repairs += 1;
                self.repaired_s += outage.to_s - outage.from_s;
            }
        }
        let slack_s = SLACK_S + 2.0 * node.presence.step_s();
        let made = |(boot_s, seen_s): &(f64, f64), outage: &Outage| {
            outage.from_s - slack_s <= *seen_s && *boot_s <= outage.to_s + slack_s
        };
        // A reboot that no sample fell into is an outage that nobody timed.
        let untimed = reboots(node, load).filter(|boot| !outages.iter().any(|outage| made(boot, outage))).count();
        self.outages += untimed as u64;
        self.failures += untimed as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::diagnose::Presence;

    const LOAD: (f64, f64) = (0.0, 1000.0);

    /// A node asked every ten seconds that was down in these stretches of time.
    fn node(down: &[(f64, f64)], boots: &[(f64, f64)]) -> NodeFacts {
        let up = |t: f64| !down.iter().any(|(from, to)| (*from..*to).contains(&t));
        let samples: Vec<(f64, bool)> = (0..=100).map(|k| f64::from(k) * 10.0).map(|t| (t, up(t))).collect();
        NodeFacts { presence: Presence::of(&samples), boots: boots.to_vec(), ..NodeFacts::default() }
    }

    #[test]
    fn machines_that_never_went_away_have_a_lower_bound_and_no_interval() {
        let found = uptime(&[&node(&[], &[(-500.0, 0.0)])], LOAD);
        assert_eq!((found.outages, found.down_s, found.unknown_s, found.interval), (Some(0), Some(0.0), 0.0, None));
        let low = found.between_outages.low.unwrap();
        assert!((low - 271.085_030_7).abs() < 1e-3 && found.between_outages.value.is_none(), "{low}");
        assert_eq!(found.to_repair.value, None);
        let unseen = uptime(&[&NodeFacts::default()], LOAD);
        assert_eq!(
            (unseen.outages, unseen.unknown_s, unseen.between_outages.low),
            (None, 1000.0, None),
            "nobody looked"
        );
    }

    #[test]
    fn one_outage_of_ten_seconds_in_a_thousand_is_as_sure_as_one_outage_is() {
        let found = uptime(&[&node(&[(400.0, 410.0)], &[])], LOAD);
        let [low, high] = found.interval.unwrap();
        assert!((low - 0.717_391_304_3).abs() < 1e-6 && (high - 0.999_741_066_8).abs() < 1e-6, "{low} {high}");
        assert_eq!((found.between_outages.value, found.to_repair.value), (Some(990.0), Some(10.0)));
        assert_eq!(found.reach.iter().map(|of| of.up).collect::<Vec<_>>(), [true, false, true]);
    }

    #[test]
    fn a_reboot_belongs_to_its_outage_and_is_one_where_no_sample_fell_into_it() {
        let outages = |down: &[(f64, f64)], boots: &[(f64, f64)]| uptime(&[&node(down, boots)], LOAD).outages;
        assert_eq!(outages(&[(400.0, 460.0)], &[(-500.0, 0.0), (430.0, 460.0)]), Some(1));
        assert_eq!(outages(&[], &[(-500.0, 0.0), (433.0, 440.0)]), Some(1));
        assert_eq!(outages(&[(700.0, 720.0)], &[(-500.0, 0.0), (433.0, 440.0)]), Some(2));
        assert_eq!(outages(&[], &[(-500.0, 0.0), (1100.0, 1110.0)]), Some(0), "after the load");
    }

    #[test]
    fn an_outage_that_the_load_began_in_is_no_failure_and_one_that_it_ended_in_no_repair() {
        let found = uptime(&[&node(&[(0.0, 100.0), (900.0, 2000.0)], &[])], LOAD);
        assert_eq!((found.outages, found.between_outages.samples), (Some(2), 1));
        assert_eq!((found.to_repair.value, found.interval, found.down_s), (None, None, Some(200.0)));
    }

    #[test]
    fn machines_of_a_role_are_one_sample() {
        let (calm, rough) = (node(&[], &[]), node(&[(100.0, 110.0), (500.0, 530.0)], &[]));
        let found = uptime(&[&calm, &rough], LOAD);
        assert_eq!((found.outages, found.between_outages.value), (Some(2), Some(980.0)));
        assert_eq!((found.to_repair.value, found.reach), (Some(20.0), Vec::new()));
    }
}
