-- Assertions for tests that are written in Lua.
local M = {}

local function show(value)
  return type(value) == "string" and string.format("%q", value) or tostring(value)
end

function M.equal(found, wanted)
  if found ~= wanted then
    error("found " .. show(found) .. ", wanted " .. show(wanted), 2)
  end
end

-- `f` must raise, and the error must contain `part`.
function M.raises(part, f, ...)
  local ok, problem = pcall(f, ...)
  if ok then
    error("it does not raise; wanted an error with " .. show(part), 2)
  end
  if not string.find(tostring(problem), part, 1, true) then
    error("it raises " .. show(tostring(problem)) .. ", wanted " .. show(part), 2)
  end
end

-- What every test ends with.
function M.scenario()
  return hm.scenario { hub = "http://127.0.0.1:8000", notebook = "n.ipynb", users = 1, duration = "1m" }
end

return M
