-- Uploads a file, works on it in a kernel, downloads what came of it.
--   hubmark simulate scenarios/cookbook/files.lua
--   hubmark run      scenarios/cookbook/files.lua --hub URL
local p = hm.params {
  hub    = { "http://127.0.0.1:8000", kind = "url", about = "JupyterHub to drive" },
  users  = { 2, min = 1, max = 500, about = "people at work" },
  length = { "2m", kind = "duration", about = "time at full load" },
}

local csv = "name,points\nada,3\nbob,5\n"

local function report(user)
  local input = "points-" .. user.iteration .. ".csv"
  user:step("upload", function() user:put(input, csv) end)
  local kernel = user:open_kernel {}
  local result = user:step("work", function()
    return kernel:execute([[
import csv
rows = list(csv.DictReader(open("]] .. input .. [[")))
open("sum.txt", "w").write(str(sum(int(row["points"]) for row in rows)))]])
  end)
  user:check("worked", result.status == "ok")
  -- Without a kernel that writes it there is no file: a simulated one does not.
  local sum, failure = user:try(function()
    return user:step("download", function() return user:get("sum.txt") end)
  end)
  user:check("right sum", sum == "8" or (failure ~= nil and user.run.simulated))
  user:think()
end

return hm.scenario {
  name = "files",
  about = "Files go up, are worked on, and come down again",
  hub = hm.hub { url = p.hub, accounts = hm.accounts { pattern = "hubmark-%04d", create = true } },
  users = { analyst = hm.user { iterate = report, think = hm.exponential("10s") } },
  load = { people = hm.constant_users { user = "analyst", users = p.users, duration = p.length } },
  thresholds = { "step.duration{step=upload}.p95 < 2s", "check.ok.ratio each check > 99%" },
}
