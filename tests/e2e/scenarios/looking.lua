-- Looks at a real hub, this machine and its GPUs, before and after two users worked.
local p = hm.params { hub = { kind = "url" }, prefix = { "look" } }

local function look(run)
  local hub = run:hub("hub")
  local names = {}
  for _, user in ipairs(hub:users()) do
    if user.name:find("^" .. p.prefix) then
      names[#names + 1] = user.name
    end
  end
  local host = run:host("here"):sample()
  local gpu = run:gpu("here", 1):sample()
  run.log:info("seen", {
    users = table.concat(names, " "), version = hub:info().version, age_s = host.age_s, memory = host.memory_total_bytes,
    uuid = gpu.uuid, power_w = gpu.power_w, simulated = gpu.simulated, utilization = gpu.utilization,
  })
  for _, part in ipairs { "groups", "routes", "metrics" } do
    local ok, found = pcall(function() return hub[part](hub) end)
    run.log:info(part, { ok = ok, count = ok and #(found.series or found) or nil, kind = not ok and found.kind or nil })
  end
  local ok, why = pcall(function() run:gpu("here", 7) end)
  run.log:info("no such GPU", { ok = ok, why = tostring(why) })
end

return hm.scenario {
  name = "looking",
  hub = hm.hub { url = p.hub, accounts = hm.accounts { pattern = p.prefix .. "-%d", create = true } },
  users = {
    person = hm.user {
      start = function(user) user:start_server {} end,
      iterate = function(user)
        user.run.shared:wait("both", 2, { timeout = "2m" })
        for _, server in ipairs(user.run:hub("hub"):servers()) do
          if server.account == user.account then
            user:check("ready", server.ready)
            user.run.shared:add("servers")
          end
        end
      end,
    },
  },
  load = { people = hm.per_user_iterations { user = "person", users = 2, iterations = 1 } },
  on = {
    setup = look,
    teardown = function(run)
      local spawns = run:stats("spawn.duration")
      run.log:info("end", { servers = run.shared:count("servers"), spawns = spawns.count, p50 = spawns.p50 })
    end,
  },
}
