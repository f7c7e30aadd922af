-- Asks for a server again when the hub refuses for now, and counts how often.
--   hubmark simulate scenarios/cookbook/retry.lua
--   hubmark run      scenarios/cookbook/retry.lua --hub URL
local p = hm.params {
  hub    = { "http://127.0.0.1:8000", kind = "url", about = "JupyterHub to drive" },
  users  = { 20, min = 1, max = 500, about = "people at work" },
  length = { "2m", kind = "duration", about = "time at full load" },
}

local function come(user)
  for attempt = 1, 8 do
    local server, failure = user:try(function() return user:start_server { timeout = "2m" } end)
    if server then
      user:metric("attempts", attempt)
      return
    elseif not failure.retryable then
      error(failure) -- nothing to wait for: it ends the attempt with the failure's own outcome
    end
    -- Twice as long each time, never less than the hub asked for, and not all at once.
    local pause_s = math.max(2 ^ attempt * user.random:number(0.5, 1.5), failure.retry_after_s or 0)
    user:sleep(hm.duration("1s") * pause_s)
  end
  error("no server after eight attempts")
end

return hm.scenario {
  name = "retry",
  about = "A rush of logins: everybody wants a server at once",
  hub = hm.hub { url = p.hub, accounts = hm.accounts { pattern = "hubmark-%04d", create = true } },
  notebooks = { lecture = hm.notebook { "notebooks/lecture.ipynb", expect = "1s" } },
  metrics = { attempts = { kind = "histogram", about = "requests until a server was there" } },
  users = {
    student = hm.user {
      start = come,
      iterate = function(user)
        user:run("lecture")
        user:think()
      end,
      think = hm.exponential("20s"),
    },
  },
  load = { people = hm.constant_users { user = "student", users = p.users, duration = p.length } },
  spawns = { together = 100 }, -- hubmark's own pacing stays out of the way
  thresholds = { "metric.attempts.max <= 3", "spawn.failed.ratio < 10%" },
}
