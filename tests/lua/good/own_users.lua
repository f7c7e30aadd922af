-- Users of one's own beside the built-in one, with metrics and thresholds on what they record.
return hm.scenario {
  name = "own-users",
  hub = hm.hub { url = "http://127.0.0.1:8000", accounts = hm.accounts { pattern = "load-%04d", create = true } },
  notebooks = { train = "notebooks/n.ipynb" },
  metrics = {
    epochs = { kind = "counter", about = "epochs that were trained" },
    loss = { kind = "histogram", unit = "ratio" },
    wait = { kind = "gauge", unit = "s" },
  },
  users = {
    built_in = hm.user { mix = { train = 1 } },
    student = hm.user {
      start = function(user)
        user:start_server {}
      end,
      iterate = function(user)
        user:run("train")
        user:think()
      end,
      stop = function(user)
        user:stop_server()
      end,
      think = hm.exponential("30s"),
      errors_in_a_row = 3,
    },
  },
  load = {
    a = hm.constant_users { user = "student", users = 4, duration = "10m" },
    b = hm.constant_users { user = "built_in", users = 1, duration = "10m" },
  },
  thresholds = {
    "step.duration{step=load data}.p95 < 2s",
    "check.ok{check=learned}.ratio > 99%",
    "metric.epochs.count >= 10",
    "metric.epochs.rate > 1/min",
    "metric.loss{executor=a}.p95 < 50%",
    "metric.wait.max < 2m",
  },
}
