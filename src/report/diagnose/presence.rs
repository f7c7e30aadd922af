//! When a node could be reached.

/// Samples that a state outlives the last one by: after that nobody knows.
const HOLDS: f64 = 2.0;

/// A time in which a node could be reached, or could not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::report) struct Stretch {
    /// Its beginning, seconds from the run's start.
    pub(in crate::report) from_s: f64,
    /// Its end.
    pub(in crate::report) to_s: f64,
    /// Whether the node could be reached.
    pub(in crate::report) up: bool,
}

/// When a node could be reached, when it could not, and when nobody asked: what is in no stretch is unknown.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::report) struct Presence {
    /// In order of time. Neighbours that touch differ.
    stretches: Vec<Stretch>,
    /// The usual distance of two samples, seconds.
    step_s: f64,
}

/// A time in which a node could not be reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::report) struct Outage {
    /// Its beginning, seconds from the run's start.
    pub(in crate::report) from_s: f64,
    /// Its end as far as it was seen.
    pub(in crate::report) to_s: f64,
    /// Whether the node was seen up right before.
    pub(in crate::report) begun: bool,
    /// Whether it was seen up right after.
    pub(in crate::report) ended: bool,
}

impl Presence {
    /// From the samples of one source in order of time: seconds from the run's start, and whether it answered. A sample holds until the next, for at most
    /// two of the usual distances of samples.
    pub(in crate::report) fn of(samples: &[(f64, bool)]) -> Self {
        let mut steps: Vec<f64> = samples.windows(2).map(|two| two[1].0 - two[0].0).collect();
        steps.sort_by(f64::total_cmp);
        let step_s = steps.get(steps.len() / 2).copied().unwrap_or(0.0);
        let mut presence = Self { stretches: Vec::new(), step_s };
        for (index, (from_s, up)) in samples.iter().enumerate() {
            let holds_to = from_s + HOLDS * step_s;
            let to_s = samples.get(index + 1).map_or(holds_to, |(next, _)| next.min(holds_to));
            presence.push(Stretch { from_s: *from_s, to_s, up: *up });
        }
        presence
    }

    /// Of a node with several sources: it is up while any of them answers, and down while some do not and none does.
    pub(in crate::report) fn any(sources: &[Self]) -> Self {
        if let [one] = sources {
            return one.clone();
        }
        let edges = |source: &Self| source.stretches.iter().flat_map(|of| [of.from_s, of.to_s]).collect::<Vec<_>>();
        let mut edges: Vec<f64> = sources.iter().flat_map(edges).collect();
        edges.sort_by(f64::total_cmp);
        edges.dedup();
        let step_s = sources.iter().map(|source| source.step_s).fold(0.0, f64::max);
        let mut presence = Self { stretches: Vec::new(), step_s };
        for two in edges.windows(2) {
            let at = f64::midpoint(two[0], two[1]);
            let up = sources.iter().filter_map(|source| source.at(at)).reduce(|a, b| a || b);
            if let Some(up) = up {
                presence.push(Stretch { from_s: two[0], to_s: two[1], up });
            }
        }
        presence
    }

    fn push(&mut self, next: Stretch) {
        match self.stretches.last_mut() {
            Some(last) if last.up == next.up && last.to_s >= next.from_s => last.to_s = next.to_s,
            _ => self.stretches.push(next),
        }
    }

    fn at(&self, at_s: f64) -> Option<bool> {
        let index = self.stretches.partition_point(|of| of.to_s <= at_s);
        self.stretches.get(index).filter(|of| of.from_s <= at_s).map(|of| of.up)
    }

    /// The stretches within a window, cut at its edges.
    pub(in crate::report) fn within(&self, (from_s, to_s): (f64, f64)) -> impl Iterator<Item = Stretch> + '_ {
        let cut = move |of: &Stretch| Stretch { from_s: of.from_s.max(from_s), to_s: of.to_s.min(to_s), up: of.up };
        self.stretches.iter().map(cut).filter(|of| of.to_s > of.from_s)
    }

    /// Seconds of a window in which it is known to have been up, and to have been down.
    pub(in crate::report) fn seconds(&self, window: (f64, f64)) -> (f64, f64) {
        self.within(window).fold((0.0, 0.0), |(up, down), of| {
            let lasted = of.to_s - of.from_s;
            if of.up { (up + lasted, down) } else { (up, down + lasted) }
        })
    }

    /// Share of a window in which it was up, of the time in which that is known; `None` where nobody asked.
    pub(in crate::report) fn share(&self, window: (f64, f64)) -> Option<f64> {
        let (up, down) = self.seconds(window);
        (up + down > 0.0).then(|| up / (up + down))
    }

    /// The times of a window in which it was down.
    pub(in crate::report) fn outages(&self, window: (f64, f64)) -> Vec<Outage> {
        let known: Vec<Stretch> = self.within(window).collect();
        let touches = |a: Option<&Stretch>, b: Option<&Stretch>| a.zip(b).is_some_and(|(a, b)| a.to_s >= b.from_s);
        let outage = |(index, of): (usize, &Stretch)| Outage {
            from_s: of.from_s,
            to_s: of.to_s,
            begun: index > 0 && touches(known.get(index - 1), Some(of)),
            ended: touches(Some(of), known.get(index + 1)),
        };
        known.iter().enumerate().filter(|(_, of)| !of.up).map(outage).collect()
    }

    /// The usual distance of two samples, seconds: nothing that is shorter is seen.
    pub(in crate::report) fn step_s(&self) -> f64 {
        self.step_s
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Samples every ten seconds: `u` answered, `d` did not, and where a dot is nobody asked.
    fn presence(samples: &str) -> Presence {
        let samples = samples.chars().enumerate().filter(|(_, c)| *c != '.');
        Presence::of(&samples.map(|(index, c)| (index as f64 * 10.0, c == 'u')).collect::<Vec<_>>())
    }

    #[test]
    fn a_state_holds_until_the_next_sample_and_no_longer_than_two_of_them() {
        let presence = presence("uuuddu....uu");
        let stretches: Vec<(f64, f64, bool)> =
            presence.within((5.0, 115.0)).map(|of| (of.from_s, of.to_s, of.up)).collect();
        assert_eq!(stretches, [(5.0, 30.0, true), (30.0, 50.0, false), (50.0, 70.0, true), (100.0, 115.0, true)]);
        assert_eq!(presence.seconds((0.0, 120.0)), (70.0, 20.0));
        assert_eq!(presence.share((200.0, 300.0)), None, "nobody asked");
        assert_eq!(presence.share((30.0, 60.0)), Some(1.0 / 3.0));
    }

    #[test]
    fn a_node_is_up_while_any_of_its_sources_answers() {
        let both = Presence::any(&[presence("uuddduu"), presence("ddduu....")]);
        let stretches: Vec<(f64, f64, bool)> = both.within((0.0, 70.0)).map(|of| (of.from_s, of.to_s, of.up)).collect();
        assert_eq!(stretches, [(0.0, 20.0, true), (20.0, 30.0, false), (30.0, 70.0, true)]);
        assert_eq!(Presence::any(&[]), Presence::default());
    }

    #[test]
    fn an_outage_says_whether_its_beginning_and_its_end_were_seen() {
        let seen = |samples: &str, window| {
            let outages = presence(samples).outages(window);
            outages.iter().map(|of| (of.from_s, of.to_s, of.begun, of.ended)).collect::<Vec<_>>()
        };
        assert_eq!(seen("uudduu", (0.0, 60.0)), [(20.0, 40.0, true, true)]);
        assert_eq!(seen("uudduu", (25.0, 35.0)), [(25.0, 35.0, false, false)]);
        assert_eq!(seen("uud....uu", (0.0, 90.0)), [(20.0, 40.0, true, false)]);
        assert_eq!(seen("uuuuuu", (0.0, 60.0)), []);
    }
}
