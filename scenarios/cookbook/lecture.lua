-- A student in a lecture: follows it cell by cell, then does the exercise.
--   hubmark simulate scenarios/cookbook/lecture.lua
--   hubmark run      scenarios/cookbook/lecture.lua --hub URL
local p = hm.params {
  hub    = { "http://127.0.0.1:8000", kind = "url", about = "JupyterHub to drive" },
  users  = { 4, min = 1, max = 500, about = "people at work" },
  length = { "5m", kind = "duration", about = "time at full load" },
}

local function lecture(user)
  local kernel = user:open_kernel {}
  user:step("lecture", function()
    for part = 1, 3 do
      user:step("part " .. part, function()
        kernel:execute("total = sum(i * i for i in range(" .. part * 10000 .. "))", { timeout = "30s" })
      end)
      user:think() -- while the lecturer talks
    end
  end)
  local task = user:run("exercise")
  user:check("exercise solved", task.outcome == "ok")
  user:think()
end

return hm.scenario {
  name = "lecture",
  about = "Students follow a lecture cell by cell and do an exercise after it",
  hub = hm.hub { url = p.hub, accounts = hm.accounts { pattern = "hubmark-%04d", create = true } },
  notebooks = { exercise = hm.notebook { "notebooks/exercise.ipynb", timeout = "2m", expect = "1s" } },
  users = { student = hm.user { iterate = lecture, think = hm.lognormal("5s", 0.6) } },
  load = { people = hm.constant_users { user = "student", users = p.users, duration = p.length } },
  thresholds = { "step.duration{step=lecture}.p95 < 2m", "check.ok{check=exercise solved}.ratio > 99%" },
}
