-- Works interactively: cells of different weight, with time to read and type between them.
--   hubmark simulate scenarios/cookbook/cells.lua
--   hubmark run      scenarios/cookbook/cells.lua --hub URL
local p = hm.params {
  hub    = { "http://127.0.0.1:8000", kind = "url", about = "JupyterHub to drive" },
  users  = { 4, min = 1, max = 500, about = "people at work" },
  length = { "2m", kind = "duration", about = "time at full load" },
}

local cells = {
  { "import math", 2 },
  { "xs = [math.sin(i / 100) for i in range(20000)]", 5 },
  { "max(xs), min(xs)", 10 },
  { "sorted(xs)[:5]", 5 },
}

-- Opened once, kept for the whole visit: the kernel of `start` lasts until the user leaves.
local kernel

local function come(user)
  user:start_server {}
  kernel = user:open_kernel {}
end

local function work(user)
  for _, cell in ipairs(cells) do
    local code, reading_s = cell[1], cell[2]
    local result = user:step("cell", function() return kernel:execute(code, { timeout = "30s" }) end)
    user:check("cell ran", result.status == "ok")
    user:sleep(hm.duration("1s") * user.random:number(reading_s / 2, reading_s * 2))
  end
end

return hm.scenario {
  name = "cells",
  about = "People execute cells by hand and read what comes of them",
  hub = hm.hub { url = p.hub, accounts = hm.accounts { pattern = "hubmark-%04d", create = true } },
  users = { person = hm.user { start = come, iterate = work } },
  load = { people = hm.constant_users { user = "person", users = p.users, duration = p.length } },
  thresholds = { "step.duration{step=cell}.p95 < 1s" },
}
