-- Meets an error, restarts the kernel and goes on, as people do.
--   hubmark simulate scenarios/cookbook/restart.lua
--   hubmark run      scenarios/cookbook/restart.lua --hub URL
local p = hm.params {
  hub    = { "http://127.0.0.1:8000", kind = "url", about = "JupyterHub to drive" },
  users  = { 2, min = 1, max = 500, about = "people at work" },
  length = { "2m", kind = "duration", about = "time at full load" },
}

local function try_things(user)
  local kernel = user:open_kernel {}
  -- One attempt in four goes wrong.
  local divisor = user.random:integer(0, 3)
  local result = kernel:execute("state = 1\n12 // " .. divisor)
  if result.status == "error" then
    user.run.log:info(user.id .. " met " .. result.error.name)
    user:step("restart", function() kernel:restart() end)
    local again = kernel:execute("'state' in dir()")
    user:check("clean after restart", again.status == "ok" and again.text ~= "True")
  end
  user:think()
end

return hm.scenario {
  name = "restart",
  about = "Kernels are restarted after errors",
  hub = hm.hub { url = p.hub, accounts = hm.accounts { pattern = "hubmark-%04d", create = true } },
  users = { learner = hm.user { iterate = try_things, think = hm.exponential("5s") } },
  load = { people = hm.constant_users { user = "learner", users = p.users, duration = p.length } },
  thresholds = { "step.duration{step=restart}.p95 < 10s" },
}
