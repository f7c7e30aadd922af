local check = require "check"
local d = hm.duration

-- They print with the units that authors write.
check.equal(tostring(d "90s"), "1m30s")
check.equal(tostring(d "1h30m"), "1h30m")
check.equal(tostring(d "0s"), "0s")
check.equal("for " .. d "5m", "for 5m")
check.equal(d "5m" .. " long", "5m long")

-- They add, subtract, multiply with numbers, and divide.
check.equal(d "1h" + d "30m", d "90m")
check.equal(d "1h" - d "15m", d "45m")
check.equal(d "10m" * 3, d "30m")
check.equal(3 * d "10m", d "30m")
check.equal(d "1h" / 4, d "15m")
check.equal(d "1h" / d "15m", 4)
check.equal(type(d "1h" / d "1s"), "number")

-- They compare.
check.equal(d "60s", d "1m")
check.equal(d "1s" < d "2s", true)
check.equal(d "2s" <= d "2s", true)
check.equal(d "1h" > d "2h", false)
check.equal(d "1s" == d "2s", false)
check.equal(d(d "5m"), d "5m")

-- What has no meaning is refused.
check.raises("bare number 5", function() return d "1s" + 5 end)
check.raises("multiplied with a number", function() return d "1s" * d "1s" end)
check.raises("below 0", function() return d "1s" - d "2s" end)
check.raises("over ten years", function() return d "3000d" * 2 end)
check.raises("not a finite number", function() return d "1s" / 0 end)
check.raises("has no field", function() return d("1s").seconds end)
check.raises("unknown unit", d, "5 parsecs")
check.raises("no unit", d, "5")
check.raises("found nil", d)
check.raises("cannot add", function() return d "1s" + "1s" end)

return check.scenario()
