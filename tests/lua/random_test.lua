-- args: --seed 7
local check = require "check"

for _ = 1, 200 do
  local n = hm.random:integer(1, 6)
  assert(n >= 1 and n <= 6 and n % 1 == 0, n)
  local x = hm.random:number()
  assert(x >= 0 and x < 1, x)
  local y = hm.random:number(5, 6)
  assert(y >= 5 and y < 6, y)
  local m = math.random(3)
  assert(m >= 1 and m <= 3 and m % 1 == 0, m)
  assert(math.random() < 1)
end

-- A stream depends on its name alone, not on what was drawn before.
local first = hm.random:stream("weights"):integer(1, 1000000)
hm.random:number()
check.equal(hm.random:stream("weights"):integer(1, 1000000), first)
check.equal(hm.random:stream("others"):integer(1, 1000000) == first, false)

-- Shuffling keeps the items and leaves the list alone.
local list = { 1, 2, 3, 4, 5, 6, 7, 8 }
local shuffled = hm.random:shuffle(list)
check.equal(table.concat(list), "12345678")
table.sort(shuffled)
check.equal(table.concat(shuffled), "12345678")
local picked = hm.random:pick { "a", "b" }
assert(picked == "a" or picked == "b")

check.raises("empty", function() return hm.random:pick {} end)
check.raises("range", function() return hm.random:integer(5, 1) end)
check.raises("not a whole number", function() return hm.random:integer(1.5, 2) end)
check.raises("did you mean \"integer\"", function() return hm.random:intger(1, 2) end)
check.raises("seed belongs to the run", math.randomseed, 1)
check.raises("empty", math.random, 5, 1)

return check.scenario()
