return hm.scenario {
  hub = "http://127.0.0.1:8000",
  metrics = { loss = { kind = "gauge" }, epochs = { kind = "counter" } },
  users = { u = hm.user { iterate = function(user) user:think() end } },
  load = { l = hm.constant_users { user = "u", users = 1, duration = "1m" } },
  thresholds = { "metric.los.p95 < 1" },
}
