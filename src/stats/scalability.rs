//! Throughput against load: a law fitted, and the bounds that need no fit.

/// The Universal Scalability Law `X(N) = λN / (1 + σ(N − 1) + κN(N − 1))` (N. J. Gunther, Guerrilla Capacity Planning, 2007).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usl {
    /// λ: throughput of one, in the unit of the throughputs that were fitted.
    pub alone: f64,
    /// σ: share of the work that only one can do at a time; 0 or more.
    pub contention: f64,
    /// κ: cost of keeping each informed of each other; 0 or more.
    pub coherency: f64,
    /// R²: share of the throughputs' spread that the law explains.
    pub explained: f64,
}

impl Usl {
    /// Throughput at a load of `n`.
    #[must_use]
    pub fn at(&self, n: f64) -> f64 {
        self.alone * growth(n, self.contention, self.coherency)
    }

    /// Load beyond which throughput falls, `√((1 − σ)/κ)`; `None` where the law has no such point.
    #[must_use]
    pub fn peak(&self) -> Option<f64> {
        (self.coherency > 0.0 && self.contention < 1.0).then(|| ((1.0 - self.contention) / self.coherency).sqrt())
    }
}

fn growth(n: f64, contention: f64, coherency: f64) -> f64 {
    n / (1.0 + contention * (n - 1.0) + coherency * n * (n - 1.0))
}

/// Rounds after which a fit that still moves is taken as it is.
const ROUNDS: u32 = 500;

/// Which of σ and κ a fit may move; the other stays 0.
type Free = [bool; 2];

/// Fits the law to (load, throughput) by least squares with σ, κ ≥ 0.
///
/// λ is linear and has its best value for each σ and κ; those two are moved by damped Gauss–Newton steps. A parameter that wants to be negative is
/// held at 0 and the other fitted again. `None` with fewer than four different loads: three parameters would fit three points whatever they are.
#[must_use]
pub fn fit_usl(points: &[(f64, f64)]) -> Option<Usl> {
    let mut loads: Vec<f64> = points.iter().map(|point| point.0).collect();
    loads.sort_by(f64::total_cmp);
    loads.dedup();
    if loads.len() < 4 || points.iter().any(|(n, x)| *n < 1.0 || *x <= 0.0 || !n.is_finite() || !x.is_finite()) {
        return None;
    }
    let candidates = [[true, true], [true, false], [false, true], [false, false]];
    let fits = candidates.into_iter().filter_map(|free| {
        let fit = fit_free(points, free);
        (fit[0] >= 0.0 && fit[1] >= 0.0).then(|| (fit, squares(points, fit)))
    });
    let (fit, rest) = fits.min_by(|a, b| a.1.total_cmp(&b.1))?;
    let mean = points.iter().map(|point| point.1).sum::<f64>() / points.len() as f64;
    let whole: f64 = points.iter().map(|point| (point.1 - mean).powi(2)).sum();
    let explained = if whole > 0.0 { 1.0 - rest / whole } else { 0.0 };
    Some(Usl { alone: best_alone(points, fit), contention: fit[0], coherency: fit[1], explained })
}

/// λ of least squares for given σ and κ.
fn best_alone(points: &[(f64, f64)], [contention, coherency]: [f64; 2]) -> f64 {
    let (mut products, mut squares) = (0.0, 0.0);
    for (n, x) in points {
        let g = growth(*n, contention, coherency);
        products += x * g;
        squares += g * g;
    }
    products / squares
}

fn squares(points: &[(f64, f64)], at: [f64; 2]) -> f64 {
    let alone = best_alone(points, at);
    points.iter().map(|(n, x)| (x - alone * growth(*n, at[0], at[1])).powi(2)).sum()
}

/// Damped Gauss–Newton on σ and κ, as far as they are free, from a start between linear growth and saturation.
fn fit_free(points: &[(f64, f64)], free: Free) -> [f64; 2] {
    let mut at = [if free[0] { 0.05 } else { 0.0 }, if free[1] { 1e-4 } else { 0.0 }];
    let mut damping = 1e-3;
    let mut error = squares(points, at);
    for _ in 0..ROUNDS {
        let step = step(points, at, free, damping);
        let next = [at[0] + step[0], at[1] + step[1]];
        let next_error = squares(points, next);
        if next_error.is_finite() && next_error <= error {
            let settled = step.iter().zip(at).all(|(step, at)| step.abs() <= 1e-13 + 1e-12 * at.abs());
            (at, error) = (next, next_error);
            damping = (damping * 0.3).max(1e-15);
            if settled {
                break;
            }
        } else {
            damping *= 4.0;
            if damping > 1e12 {
                break;
            }
        }
    }
    at
}

/// The step that lowers the squares in the linear picture around `at`. λ's part is taken out of the slopes, so that they are those of the best λ.
fn step(points: &[(f64, f64)], at: [f64; 2], free: Free, damping: f64) -> [f64; 2] {
    let alone = best_alone(points, at);
    let rows: Vec<(f64, [f64; 2], f64)> = points
        .iter()
        .map(|(n, x)| {
            let g = growth(*n, at[0], at[1]);
            let slope = -alone * g * g / n;
            (g, [slope * (n - 1.0), slope * n * (n - 1.0)], x - alone * g)
        })
        .collect();
    let own: f64 = rows.iter().map(|row| row.0 * row.0).sum();
    let share = |k: usize| rows.iter().map(|row| row.0 * row.1[k]).sum::<f64>() / own;
    let (share, mut matrix, mut right) = ([share(0), share(1)], [[0.0; 2]; 2], [0.0; 2]);
    for (g, slopes, rest) in &rows {
        let slopes = [slopes[0] - share[0] * g, slopes[1] - share[1] * g];
        for i in 0..2 {
            right[i] += slopes[i] * rest;
            for j in 0..2 {
                matrix[i][j] += slopes[i] * slopes[j];
            }
        }
    }
    for i in 0..2 {
        matrix[i][i] *= 1.0 + damping;
        if !free[i] {
            (matrix[i][i], matrix[0][1], matrix[1][0], right[i]) = (1.0, 0.0, 0.0, 0.0);
        }
    }
    let determinant = matrix[0][0] * matrix[1][1] - matrix[0][1] * matrix[1][0];
    if determinant == 0.0 || !determinant.is_finite() {
        return [0.0; 2];
    }
    [
        (right[0] * matrix[1][1] - right[1] * matrix[0][1]) / determinant,
        (matrix[0][0] * right[1] - matrix[1][0] * right[0]) / determinant,
    ]
}

/// Most throughput that `n` users can have: `min(n/(R₀ + Z), 1/D_max)` (asymptotic bounds, P. J. Denning, J. P. Buzen, Computing Surveys 10 (1978) 225).
///
/// `alone_s`: response time R₀ of one user, seconds; `think_s`: think time Z, seconds; `demand_s`: seconds that the busiest resource works for each task,
/// `None` where none was measured. In tasks a second.
#[must_use]
pub fn throughput_bound(n: f64, alone_s: f64, think_s: f64, demand_s: Option<f64>) -> f64 {
    let light = n / (alone_s + think_s);
    demand_s.filter(|demand| *demand > 0.0).map_or(light, |demand| light.min(1.0 / demand))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Queries a second of a database against threads: the set of B. Schwartz, Practical Scalability Analysis with the Universal Scalability Law (2015).
    const PUBLISHED: [f64; 32] = [
        955.16, 1878.91, 2688.01, 3548.68, 4315.54, 5130.43, 5931.37, 6531.08, 7219.8, 7867.61, 8278.71, 8646.7,
        9047.84, 9426.55, 9645.37, 9897.24, 10097.6, 10240.5, 10532.39, 10798.52, 11151.43, 11518.63, 11806.0,
        12089.37, 12075.41, 12177.29, 12211.41, 12158.93, 12155.27, 12118.04, 12140.4, 12074.39,
    ];

    fn points(throughputs: impl IntoIterator<Item = f64>) -> Vec<(f64, f64)> {
        throughputs.into_iter().enumerate().map(|(index, x)| (index as f64 + 1.0, x)).collect()
    }

    #[test]
    fn the_published_set_gives_the_published_law() {
        let fit = fit_usl(&points(PUBLISHED)).unwrap();
        assert!((fit.contention - 0.026_715_91).abs() < 1e-6, "{fit:?}");
        assert!((fit.coherency - 7.690_945e-4).abs() < 1e-8, "{fit:?}");
        assert!((fit.alone - 995.648_6).abs() < 1e-2, "{fit:?}");
        assert!((fit.explained - 0.997_15).abs() < 2e-5, "{fit:?}");
        assert_eq!(fit.peak().unwrap().floor(), 35.0);
        assert!((fit.at(35.0) - 12_341.0).abs() < 1.0, "{}", fit.at(35.0));
    }

    #[test]
    fn what_grows_without_loss_has_neither_contention_nor_a_peak() {
        let fit = fit_usl(&points((1..=8).map(|n| 3.0 * f64::from(n)))).unwrap();
        assert!((fit.alone - 3.0).abs() < 1e-6 && fit.contention < 1e-6 && fit.coherency < 1e-6, "{fit:?}");
        // Faster than linear would be a negative contention: it is held at 0.
        let fit = fit_usl(&points((1..=8).map(|n| f64::from(n).powf(1.2)))).unwrap();
        assert_eq!((fit.contention, fit.coherency, fit.peak()), (0.0, 0.0, None));
    }

    #[test]
    fn a_law_that_is_known_is_found_again() {
        let truth = Usl { alone: 40.0, contention: 0.12, coherency: 0.002, explained: 1.0 };
        let loads = [1.0, 4.0, 11.0, 22.0, 45.0];
        let fit = fit_usl(&loads.map(|n| (n, truth.at(n)))).unwrap();
        assert!((fit.contention - 0.12).abs() < 1e-6 && (fit.coherency - 0.002).abs() < 1e-8, "{fit:?}");
    }

    #[test]
    fn three_loads_are_not_fitted() {
        assert_eq!(fit_usl(&[(1.0, 1.0), (2.0, 2.0), (4.0, 3.0), (4.0, 3.1)]), None);
        assert_eq!(fit_usl(&[(1.0, 1.0), (2.0, 2.0), (4.0, 3.0), (8.0, f64::NAN)]), None);
    }

    #[test]
    fn the_bound_is_the_lesser_of_light_load_and_the_busiest_resource() {
        assert_eq!(throughput_bound(10.0, 4.0, 16.0, Some(0.5)), 0.5);
        assert_eq!(throughput_bound(100.0, 4.0, 16.0, Some(0.5)), 2.0);
        assert_eq!(throughput_bound(100.0, 4.0, 16.0, None), 5.0);
    }
}
