-- A report with everything that a threshold can say, long names, and a load that rises and falls.
return hm.scenario {
  name = "a-name-that-is-as-long-as-names-of-scenarios-get-in-practice",
  about = "Thresholds that hold, fail and cannot be judged, beside a load in stages",
  hub = hm.hub { url = "http://127.0.0.1:1", accounts = hm.accounts { pattern = "page-%04d", create = true } },
  notebooks = {
    a_notebook_with_a_long_name_that_has_to_fit_somewhere = hm.notebook { "notebooks/text.ipynb", expect = "4s" },
  },
  users = { person = hm.user { mix = { a_notebook_with_a_long_name_that_has_to_fit_somewhere = 1 }, think = hm.lognormal("3s", 0.8) } },
  load = {
    wave = hm.ramping_users {
      user = "person",
      stages = { { users = 30, duration = "10m" }, { users = 30, duration = "20m" }, { users = 0, duration = "10m" } },
    },
  },
  thresholds = { "task.duration.p95 < 1m", "task.duration.p50 < 1ms", "spawn.duration.p99.9 < 60s", "task.failed.ratio < 1%" },
  on = { setup = function(run) run:mark("a mark with <angle brackets> & an ampersand") end },
}
