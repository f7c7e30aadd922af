-- Holds a kernel with data in memory and does nothing, as people do who went to lunch.
--   hubmark simulate scenarios/cookbook/idle.lua
--   hubmark run      scenarios/cookbook/idle.lua --hub URL
local p = hm.params {
  hub    = { "http://127.0.0.1:8000", kind = "url", about = "JupyterHub to drive" },
  users  = { 10, min = 1, max = 500, about = "people at work" },
  length = { "10m", kind = "duration", about = "time at full load" },
}

local kernel

local function come(user)
  user:start_server {}
  kernel = user:open_kernel {}
  kernel:execute("held = bytearray(20 * 1024 * 1024)") -- 20 MiB for as long as the kernel lives
end

local function look_in(user)
  user:think() -- most of the time nothing happens
  local result = user:step("wake up", function() return kernel:execute("len(held)", { timeout = "30s" }) end)
  user:check("still there", result.status == "ok")
end

return hm.scenario {
  name = "idle",
  about = "People hold memory and rarely look in",
  hub = hm.hub { url = p.hub, accounts = hm.accounts { pattern = "hubmark-%04d", create = true } },
  users = { idler = hm.user { start = come, iterate = look_in, think = hm.uniform("1m", "5m") } },
  load = { people = hm.constant_users { user = "idler", users = p.users, duration = p.length } },
  thresholds = { "check.ok{check=still there}.ratio > 99%", "step.duration{step=wake up}.p95 < 1s" },
}
