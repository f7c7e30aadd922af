return hm.scenario {
  hub = "http://127.0.0.1:8000",
  notebooks = { train = "nb/ok.ipynb" },
  metrics = { loss = { kind = "gauge" }, epochs = { kind = "counter" } },
  users = {
    student = hm.user {
      iterate = function(user)
        local function helper()
          error("no data left")
        end
        user:step("fetch", helper)
      end,
    },
  },
  load = { class = hm.constant_users { user = "student", users = 1, duration = "1m" } },
}
