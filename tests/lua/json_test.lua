local check = require "check"
local json = hm.json

check.equal(json.encode { b = 1, a = { 1, 2.5, "x" }, c = true }, '{"a":[1,2.5,"x"],"b":1,"c":true}')
check.equal(json.encode {}, "{}")
check.equal(json.encode { none = json.null }, '{"none":null}')
check.equal(json.encode "a \"quoted\" text", '"a \\"quoted\\" text"')
check.equal(json.encode(2 ^ 53), "9007199254740992")

local t = json.decode '{"list": [1, 2, 3], "deep": {"x": null}, "text": "ü"}'
check.equal(#t.list, 3)
check.equal(t.list[2], 2)
check.equal(t.deep.x, json.null)
check.equal(t.text, "ü")

check.raises("contains itself", function()
  local loop = {}
  loop.loop = loop
  return json.encode(loop)
end)
check.raises("64 deep", function()
  local deep = {}
  for _ = 1, 100 do deep = { deep } end
  return json.encode(deep)
end)
check.raises("over 1 MiB", json.encode, { string.rep("x", 2000000) })
check.raises("both numbered and named", json.encode, { 1, 2, x = 3 })
check.raises("cannot be plain data", json.encode, { f = print })
check.raises("is not a number of JSON", json.encode, 0 / 0)
check.raises("cannot be plain data", json.encode, { d = hm.duration "5m" })
check.raises("not UTF-8", json.encode, "\255")
check.raises("hm.json.decode", json.decode, "{")
check.raises("recursion limit", json.decode, string.rep("[", 1000))

-- The same table twice is no circle.
local once = { 1 }
check.equal(json.encode { a = once, b = once }, '{"a":[1],"b":[1]}')

return check.scenario()
