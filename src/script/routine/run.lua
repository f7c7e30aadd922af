-- How the author's functions wait, and the value `run` in their hands. Every call that waits is a question to the engine: `ask` checks
-- it and keeps it, `yield` hands it over, and what comes back is the answer. `lib` is hubmark's: the library's originals and its own
-- functions. Everything stays in locals, so that a script cannot reach it.
local lib, names, record = ...

local yield, running, isyieldable, pcall0 = lib.yield, lib.running, lib.isyieldable, lib.pcall
local error, type, rawequal, setmetatable = lib.error, lib.type, lib.rawequal, lib.setmetatable
local ask, is_failure, unknown, freeze = lib.ask, lib.is_failure, lib.unknown, lib.freeze
local set_main, name_known = lib.set_main, lib.name_known

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

-- Makes a value strict: an unknown field is an error that says which others there are. `methods` are functions, or fields of another
-- value where that is what they are.
local function strict(of, known, object, methods)
  setmetatable(object, {
    __index = function(_, key)
      local value = methods[key]
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
  return object
end

local function method(object, full, call)
  return function(self, ...)
    if not rawequal(self, object) then
      error("wrong call of " .. full .. ": wanted " .. full .. "(…) with a colon", 2)
    end
    return call(...)
  end
end

-- A machine or a GPU: its figures, and a way to have new ones.
local function measured(of, known, full, figures, node, index)
  local methods = {}
  methods.sample = method(figures, of .. ":sample", function()
    local again
    -- A machine has no number, and an argument that is nil is one too many.
    if index == nil then
      again = wait_for(3, full, "fresh", node)
    else
      again = wait_for(3, full, "fresh", node, index)
    end
    return measured(of, known, full, again, node, index)
  end)
  return freeze(strict(of, known, figures, methods))
end

-- A hub or a Prometheus: each of its calls is a question with its name.
local function named(of, known, kind, name)
  local methods = {}
  local object = strict(of, known, {}, methods)
  for index = 1, #known do
    local full = of .. ":" .. known[index]
    methods[known[index]] = method(object, full, function(...)
      return wait_for(3, full, name, ...)
    end)
  end
  return freeze(object)
end

-- The run. `call` is what calling the value itself does, where it does something.
local function make_run(call)
  local run, methods, shared_methods = {}, {}, {}
  methods.gpu = method(run, "run:gpu", function(...)
    return measured("gpu", names.gpu, "run:gpu", wait_for(3, "run:gpu", "latest", ...), ...)
  end)
  methods.host = method(run, "run:host", function(...)
    return measured("host", names.host, "run:host", wait_for(3, "run:host", "latest", ...), ...)
  end)
  methods.stats = method(run, "run:stats", function(...)
    return wait_for(3, "run:stats", ...)
  end)
  methods.hub = method(run, "run:hub", function(...)
    return named("hub", names.hub, "hub", name_known("run:hub", ...))
  end)
  methods.prom = method(run, "run:prom", function(...)
    return named("prom", names.prom, "prom", name_known("run:prom", ...))
  end)
  local shared = strict("run.shared", names.shared, {}, shared_methods)
  for index = 1, #names.shared do
    local full = "run.shared:" .. names.shared[index]
    shared_methods[names.shared[index]] = method(shared, full, function(...)
      return wait_for(3, full, ...)
    end)
  end
  methods.shared = freeze(shared)
  return setmetatable(run, {
    __index = function(_, key)
      local value = methods[key]
      if value == nil then
        value = record[key]
        if type(value) == "function" then
          local of_record = value
          value = function(_, ...)
            return of_record(record, ...)
          end
          methods[key] = value
        end
      end
      return value
    end,
    __call = call,
    __newindex = function()
      error("run cannot be changed", 2)
    end,
    __metatable = "locked",
    __tostring = function()
      return "run"
    end,
  })
end

return {
  wait_for = wait_for,
  strict = strict,
  make_run = make_run,
  -- Runs a function of the author's to its end. What it did not catch of the engine's failures comes back as a value.
  enter = function(f, ...)
    main = running()
    set_main(main)
    local ok, problem = pcall0(f, ...)
    if not ok then
      if is_failure(problem) then
        return problem
      end
      error(problem, 0)
    end
    return nil
  end,
}
