-- Replaces the library functions that the interrupt cannot see into. Everything it needs stays in locals, so that a script cannot
-- reach the originals. `note` and `is_main` are hubmark's: `note` looks at an error and raises again once the VM has broken a limit,
-- `is_main` says whether the coroutine that runs is the one of a user's function.
local note, is_main = ...

local type, tostring, error, select = type, tostring, error, select
local pcall0, xpcall0, resume0, close0 = pcall, xpcall, coroutine.resume, coroutine.close
local yield0 = coroutine.yield
local rep0, split0, find0, match0, gmatch0, gsub0 =
  string.rep, string.split, string.find, string.match, string.gmatch, string.gsub
local move0, sort0 = table.move, table.sort

local TEXT_MAX = 16 * 1024 * 1024
local WORK_MAX = 2 ^ 26
local MOVE_MAX = 2 ^ 20

local function watch(ok, ...)
  if not ok then
    note(...)
  end
  return ok, ...
end

local function bounded(name, f)
  return function(s, pattern, ...)
    if type(s) == "string" and type(pattern) == "string" and #s * #pattern > WORK_MAX then
      error("string." .. name .. ": text and pattern together are too large", 2)
    end
    return f(s, pattern, ...)
  end
end

local function less(a, b)
  return a < b
end

return {
  pcall = function(f, ...)
    return watch(pcall0(f, ...))
  end,
  xpcall = function(f, handler, ...)
    return watch(xpcall0(f, function(problem)
      note(problem)
      return handler(problem)
    end, ...))
  end,
  coroutine = {
    resume = function(co, ...)
      return watch(resume0(co, ...))
    end,
    close = function(co)
      return watch(close0(co))
    end,
    yield = function(...)
      if is_main() then
        error("coroutine.yield: outside of a coroutine of your own there is nobody to yield to", 2)
      end
      return yield0(...)
    end,
  },
  string = {
    rep = function(s, n, ...)
      if select("#", ...) > 0 then
        error("string.rep takes a text and a number", 2)
      end
      if type(n) == "number" and (type(s) == "string" or type(s) == "number") then
        local size = #tostring(s)
        if size > 0 and size * n > TEXT_MAX then
          error("string.rep: the result would be over 16 MiB", 2)
        end
        if size == 0 then
          return ""
        end
      end
      return rep0(s, n)
    end,
    find = bounded("find", find0),
    match = bounded("match", match0),
    gmatch = bounded("gmatch", gmatch0),
    gsub = bounded("gsub", gsub0),
    split = bounded("split", split0),
  },
  table = {
    move = function(a, from, to, ...)
      if type(from) == "number" and type(to) == "number" and to - from > MOVE_MAX then
        error("table.move: more than 1048576 elements", 2)
      end
      return move0(a, from, to, ...)
    end,
    sort = function(list, before)
      return sort0(list, before or less)
    end,
  },
}
