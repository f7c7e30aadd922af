-- Works through several notebooks in order and stops where one fails.
--   hubmark simulate scenarios/cookbook/course.lua
--   hubmark run      scenarios/cookbook/course.lua --hub URL
local p = hm.params {
  hub    = { "http://127.0.0.1:8000", kind = "url", about = "JupyterHub to drive" },
  users  = { 3, min = 1, max = 500, about = "people at work" },
  length = { "2m", kind = "duration", about = "time at full load" },
}

local units = { "lecture", "exercise" }

local function course(user)
  user:step("course", function()
    for number, unit in ipairs(units) do
      local task = user:step("unit " .. number, function() return user:run(unit) end)
      if task.outcome ~= "ok" then
        user.run:mark(user.id .. " stopped at " .. unit .. ": " .. task.outcome)
        break
      end
      user:think()
    end
  end)
  user.data.courses = (user.data.courses or 0) + 1
  user:pace("30s") -- not more often than every 30 seconds
end

return hm.scenario {
  name = "course",
  about = "Notebooks one after the other, each a step of the course",
  hub = hm.hub { url = p.hub, accounts = hm.accounts { pattern = "hubmark-%04d", create = true } },
  notebooks = {
    lecture = hm.notebook { "notebooks/lecture.ipynb", expect = "2s" },
    exercise = hm.notebook { "notebooks/exercise.ipynb", expect = "1s" },
  },
  users = { participant = hm.user { iterate = course, think = hm.exponential("3s"), notebooks_per_session = 5 } },
  load = { people = hm.constant_users { user = "participant", users = p.users, duration = p.length } },
  thresholds = { "step.duration{step=course}.p95 < 1m", "step.failed.ratio each step < 1%" },
}
