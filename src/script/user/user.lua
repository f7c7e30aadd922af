-- The values `user` and `kernel` in the hands of the author's functions. Every call is a question to the engine, as `run.lua` has it.
-- `lib` is hubmark's: the library's originals and its own functions. Everything stays in locals, so that a script cannot reach it.
local lib, names, facts = ...

local pcall0, error, type, rawequal, setmetatable = lib.pcall, lib.error, lib.type, lib.rawequal, lib.setmetatable
local is_failure, outcome_of, unknown, freeze = lib.is_failure, lib.outcome_of, lib.unknown, lib.freeze
local wait_for, strict = lib.wait_for, lib.strict

-- Methods of kernels: each knows its kernel by the number that the engine gave it.
local numbers = setmetatable({}, { __mode = "k" })
local kernel_methods = {}
for index = 1, #names.kernel_calls do
  local name = names.kernel_calls[index]
  local full = "kernel:" .. name
  kernel_methods[name] = function(self, ...)
    local number = numbers[self]
    if number == nil then
      error("wrong call of " .. full .. ": wanted kernel:" .. name .. "(…) with a colon", 2)
    end
    return wait_for(2, full, number, ...)
  end
end

local function kernel(number, spec)
  local fields = setmetatable({ spec = spec }, { __index = kernel_methods })
  local object = strict("kernel", names.kernel, {}, fields)
  numbers[object] = number
  return object
end

local user = {}
local data = {}
local fields = {}
local methods = {}

local function own(self, name)
  if not rawequal(self, user) then
    error("wrong call of user:" .. name .. ": wanted user:" .. name .. "(…) with a colon", 3)
  end
end

for index = 1, #names.user_calls do
  local name = names.user_calls[index]
  local full = "user:" .. name
  methods[name] = function(self, ...)
    own(self, name)
    return wait_for(2, full, ...)
  end
end

function methods.open_kernel(self, wish)
  own(self, "open_kernel")
  local answer = wait_for(2, "user:open_kernel", wish)
  return kernel(answer.number, answer.spec)
end

-- `user.run` is the run, and `user:run(…)` executes a notebook: one value that can be asked and called.
local run = lib.make_run(function(_, self, ...)
  own(self, "run")
  return wait_for(2, "user:run", ...)
end)

local function tried(ok, ...)
  if ok then
    return ...
  end
  local problem = ...
  if is_failure(problem) then
    return nil, problem
  end
  error(problem, 0)
end

methods["try"] = function(self, f, ...)
  own(self, "try")
  if type(f) ~= "function" then
    error("wrong call of user:try: wanted a function\nhint: user:try(function() … end)", 2)
  end
  return tried(pcall0(f, ...))
end

local function stepped(ok, ...)
  wait_for(3, "user:step", "end", ok and "ok" or outcome_of((...)))
  if not ok then
    error((...), 0)
  end
  return ...
end

function methods.step(self, name, f, ...)
  own(self, "step")
  if type(f) ~= "function" then
    error('wrong call of user:step: wanted a name and a function\nhint: user:step("load data", function() … end)', 2)
  end
  wait_for(2, "user:step", "begin", name)
  return stepped(pcall0(f, ...))
end

setmetatable(user, {
  __index = function(_, key)
    local value = methods[key]
    if value ~= nil then
      return value
    elseif key == "data" then
      return data
    end
    value = fields[key]
    if value ~= nil then
      return value
    end
    return unknown("user", names.user, key)
  end,
  __newindex = function(_, key, value)
    if key ~= "data" then
      error("user cannot be changed\nhint: keep values of your own in user.data, or in a local of the file", 2)
    end
    data = value
  end,
  __metatable = "locked",
  __tostring = function()
    return "user " .. facts.id
  end,
})
freeze(user)

return {
  enter = function(f, iteration, random)
    fields = { id = facts.id, hub = facts.hub, account = facts.account, node = facts.node, gpus = facts.gpus, iteration = iteration, random = random, run = run }
    return lib.enter(f, user)
  end,
  get_data = function()
    return data
  end,
  set_data = function(value)
    data = value
  end,
}
