-- One person with one habit, who works once and then thinks for an hour, beside one who keeps the run going.
local p = hm.params {
  hub   = { kind = "url" },
  habit = { "idle", about = "what the person always does" },
  slow  = { false, about = "whether the notebook takes ten minutes" },
  once  = { false, about = "whether the person's time is over after that" },
}
local load = { beside = hm.constant_users { user = "beside", users = 1, duration = "1h", graceful_stop = "1s" } }
if p.once then
  load.person = hm.per_user_iterations { user = "person", users = 1, iterations = 1 }
else
  load.person = hm.constant_users { user = "person", users = 1, duration = "1h", graceful_stop = "1s" }
end
return hm.scenario {
  name = "habits",
  hub = hm.hub { url = p.hub, accounts = hm.accounts { pattern = "habit-" .. p.habit:gsub("_", "-") .. "-%d", create = true } },
  notebooks = {
    work = hm.notebook { p.slow and "notebooks/sleep.ipynb" or "notebooks/tiny.ipynb", timeout = "20m" },
    tiny = hm.notebook { "notebooks/tiny.ipynb" },
  },
  users = {
    person = hm.user {
      mix = { work = 1 },
      think = "1h",
      -- The kernel is closed after the first notebook, unless who is idle keeps it.
      notebooks_per_session = p.habit == "idle" and 1 or 9,
      habits = { [p.habit] = "100%", idle_time = "1h" },
    },
    beside = hm.user { mix = { tiny = 1 }, think = "1h" },
  },
  load = load,
}
