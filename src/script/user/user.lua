-- The values `user` and `kernel` in the hands of the author's functions. Every call is a question to the engine: `ask` checks it and
-- keeps it, `yield` hands it over, and what comes back is the answer. `lib` is hubmark's: the library's originals and its own
-- functions. Everything stays in locals, so that a script cannot reach it.
local lib, names, facts = ...

local yield, running, isyieldable, pcall0 = lib.yield, lib.running, lib.isyieldable, lib.pcall
local error, type, rawequal, setmetatable = lib.error, lib.type, lib.rawequal, lib.setmetatable
local ask, is_failure, outcome_of, unknown, freeze = lib.ask, lib.is_failure, lib.outcome_of, lib.unknown, lib.freeze
local set_main = lib.set_main

-- The coroutine that the engine resumes.
local main

-- `level` is that of the author's line, seen from here.
local function wait_for(level, name, ...)
  if not rawequal(running(), main) then
    error(
      name
        .. ": it waits, and inside a coroutine of your own there is nobody to wait for it\nhint: call it from the function itself, not from a coroutine",
      level + 1
    )
  elseif not isyieldable() then
    error(
      name
        .. ": it waits, and a comparison of sort, a replacement of gsub or a metamethod cannot wait\nhint: call it before or after, and use its result there",
      level + 1
    )
  end
  ask(name, ...)
  local problem, value = yield()
  if problem ~= nil then
    error(problem, 0)
  end
  return value
end

local function strict(of, known, object, fields)
  return setmetatable(object, {
    __index = function(_, key)
      local value = fields[key]
      if value ~= nil then
        return value
      end
      return unknown(of, known, key)
    end,
    __newindex = function()
      error(of .. " cannot be changed", 2)
    end,
    __metatable = "locked",
    __tostring = function()
      return of
    end,
  })
end

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
local function run_value(run)
  local methods_of_run = {}
  return setmetatable({}, {
    __index = function(_, key)
      local value = methods_of_run[key]
      if value == nil then
        value = run[key]
        if type(value) == "function" then
          local method = value
          value = function(_, ...)
            return method(run, ...)
          end
          methods_of_run[key] = value
        end
      end
      return value
    end,
    __call = function(_, self, ...)
      own(self, "run")
      return wait_for(2, "user:run", ...)
    end,
    __newindex = function()
      error("run cannot be changed", 2)
    end,
    __metatable = "locked",
    __tostring = function()
      return "run"
    end,
  })
end

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
  -- Runs a function of the author's to its end. What it did not catch of the engine's failures comes back as a value.
  enter = function(f, iteration, random, run)
    main = running()
    set_main(main)
    fields = { id = facts.id, hub = facts.hub, account = facts.account, node = facts.node, gpus = facts.gpus, iteration = iteration, random = random, run = run_value(run) }
    local ok, problem = pcall0(f, user)
    if not ok then
      if is_failure(problem) then
        return problem
      end
      error(problem, 0)
    end
    return nil
  end,
  get_data = function()
    return data
  end,
  set_data = function(value)
    data = value
  end,
}
