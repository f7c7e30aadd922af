-- Stages for `hm.ramping_users`, made from a few words.
--
--   local stages = require "hubmark.stages"
--   load = { ramp = hm.ramping_users { user = "agent", stages = stages.steps { to = 40, by = 10, climb = "30s", hold = "5m" } } }

local M = {}

local function whole(name, value, least)
  if type(value) ~= "number" or value < least or value % 1 ~= 0 then
    error(name .. " must be a whole number from " .. least .. " up", 3)
  end
  return value
end

-- A staircase from `from` (0) users up to `to`, by `by` users a step: `climb` ("0s") long each rise, then `hold` on each step.
function M.steps(options)
  local from = whole("from", options.from or 0, 0)
  local to = whole("to", options.to, 1)
  local by = whole("by", options.by, 1)
  if options.hold == nil then
    error("hold is missing: how long each step stays", 2)
  end
  local stages = {}
  local users = from
  while users < to do
    users = math.min(users + by, to)
    stages[#stages + 1] = { users = users, duration = options.climb or "0s" }
    stages[#stages + 1] = { users = users, duration = options.hold }
  end
  return stages
end

-- Up to `users` over `up`, there for `hold`, down to 0 over `down` (as long as `up`).
function M.hill(options)
  local users = whole("users", options.users, 1)
  if options.up == nil or options.hold == nil then
    error("up and hold are needed: how long the rise takes and how long the top stays", 2)
  end
  return {
    { users = users, duration = options.up },
    { users = users, duration = options.hold },
    { users = 0, duration = options.down or options.up },
  }
end

return M
