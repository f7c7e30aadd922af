-- A first scenario: a few people share one JupyterHub and run small notebooks on its CPU.
--   hubmark check    scenarios/quickstart/scenario.lua      is it valid, and what would it do?
--   hubmark simulate scenarios/quickstart/scenario.lua      play it in virtual time, without a hub
--   hubmark run      scenarios/quickstart/scenario.lua      play it against the hub
--
-- A run reads the hub's API token from JUPYTERHUB_API_TOKEN.

-- Every parameter is also a flag: `hubmark run … --users 8 --length 5m`.
local p = hm.params {
  hub    = { "http://127.0.0.1:8000", kind = "url", about = "JupyterHub to drive" },
  users  = { 4, min = 1, max = 200, about = "people working at the same time" },
  length = { "90s", kind = "duration", about = "time at full load" },
}

return hm.scenario {
  name  = "quickstart",
  about = "A few people run small CPU notebooks on one hub",
  api   = 1, -- the version of the scenario language

  -- Each user gets an account of its own (hubmark-0001, …); hubmark creates it and removes it again.
  hub = hm.hub { url = p.hub, accounts = hm.accounts { pattern = "hubmark-%04d", create = true } },

  -- Paths start at this file. `expect` is what a run takes on an idle machine; only `simulate` uses it.
  notebooks = {
    montecarlo = hm.notebook { "notebooks/montecarlo.ipynb", timeout = "30s", expect = "450ms" },
    text       = hm.notebook { "notebooks/text.ipynb", timeout = "30s", expect = "320ms" },
    matrix     = hm.notebook { "notebooks/matrix.ipynb", timeout = "30s", expect = "580ms" },
  },

  -- A person picks a notebook (of ten, five are montecarlo), runs it, thinks for a second on average,
  -- and closes the kernel after five notebooks.
  users = {
    person = hm.user {
      mix = { montecarlo = 5, text = 3, matrix = 2 },
      think = hm.exponential("1s"),
      notebooks_per_session = 5,
    },
  },

  -- `together`: everybody's server and kernel are ready before anybody begins, so the load starts at once.
  load = {
    people = hm.constant_users { user = "person", users = p.users, duration = p.length, together = true },
  },

  sampling = { host = "2s", report = "30s" }, -- this machine's CPU and memory; a line of progress

  -- What "good enough" means here. A threshold that fails gives the run its own exit code.
  thresholds = {
    "task.duration.p95 < 3s",
    "task.failed.ratio < 1%",
    "spawn.duration.max < 60s",
  },

  -- Hooks see what happens; a mark is kept with the results, at the moment it was made.
  on = {
    task_done = function(run, task)
      if task.outcome ~= "ok" then run:mark(task.notebook .. " ended with " .. task.outcome) end
    end,
  },
}
