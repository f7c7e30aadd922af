return hm.scenario {
  hub = "http://127.0.0.1:8000",
  notebooks = { train = "nb/ok.ipynb" },
  metrics = { loss = { kind = "gauge" }, epochs = { kind = "counter" } },
  users = {
    student = hm.user {
      iterate = function(user)
        user:sleep(5)
      end,
    },
  },
  load = { class = hm.constant_users { user = "student", users = 1, duration = "1m" } },
}
