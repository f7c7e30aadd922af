-- args: --agents 45 --preset long
local p = hm.params {
  agents  = { 16, min = 1, max = 500, about = "microservers, one agent each" },
  length  = { "5m", kind = "duration", about = "time at full load" },
  token   = { "env:HUBMARK_GX8_TOKEN", kind = "secret", about = "token of gx8" },
  presets = { long = { length = "4h" } },
}

local lists = { "ada", "grace", "barbara" }

return hm.scenario {
  name = "farm-baseline",
  about = "One agent per microserver, each on its own GPU, for hours",
  api = 1,
  seed = 42,
  tags = { driver = "570.124" },
  farm = hm.farm {
    hubs = {
      gx8 = hm.hub {
        url = "http://gx8:8000/hubs/a",
        token = p.token,
        accounts = hm.accounts { pattern = "agent-%02d", create = true },
        options = { profile = "gpu", limits = { gpus = 1 }, mounts = { "data" } },
        headers = { ["X-Farm"] = "gx8" },
        ca = "certificates/farm.pem",
      },
      gx9 = hm.hub { "https://gx9", accounts = hm.accounts { list = lists } },
      plain = "http://gx10:8000",
    },
  },
  notebooks = {
    train = hm.notebook { "notebooks/n.ipynb", params = { epochs = 3, rate = 0.5 }, kernel = "ir", timeout = "20m", expect = "4m" },
    infer = "notebooks/n.ipynb",
  },
  users = {
    agent = hm.user { mix = { train = 5, infer = 2.5 }, think = hm.exponential("30s"), notebooks_per_session = 5 },
    student = hm.user { mix = { infer = 1 }, think = hm.lognormal("20s", 0.8), pacing = hm.uniform("1m", "2m") },
    robot = hm.user { mix = { infer = 1 }, think = hm.empirical { "1s", "2s", "30s" }, pacing = hm.constant("10s") },
  },
  load = {
    agents = hm.constant_users { user = "agent", on = "gx8", users = p.agents, duration = p.length, together = true, tags = { kind = "main" } },
    class = hm.ramping_users {
      user = "student", on = { "plain" }, start = p.length / 4, graceful_stop = "1m", from = 2,
      stages = { { users = 20, duration = "5m" }, { users = 0, duration = "0s" } },
    },
    robots = hm.per_user_iterations { user = "robot", on = "gx9", users = 3, iterations = 100 },
  },
  spawns = { at_most = "20/min", together = 5, timeout = "2m" },
  sampling = { host = "2s", report = "10m" },
  thresholds = {
    "task.duration{notebook=train}.p95 < 15m",
    "spawn.duration.max < 60s",
    "task.failed.ratio each hub < 10%",
  },
  keep = "failed",
  on = {
    setup = function(run) run:mark("begin") end,
    task_done = function(run, task)
      if task.outcome == "cell_error" then run:mark("error on " .. task.hub) end
    end,
  },
}
