local check = require "check"

check.equal(hm.file.read "data/words.txt", "three\nlines\nhere\n")
check.equal(hm.file.read "./data/../data/words.txt", "three\nlines\nhere\n")
check.raises("leads out", hm.file.read, "../../Cargo.toml")
check.raises("leads out", hm.file.read, "data/../../../Cargo.toml")
check.raises("leads out", hm.file.read, "/etc/passwd")
check.raises("leads out", hm.file.read, "")
check.raises("no file", hm.file.read, "data/none.txt")
check.raises("not a regular file", hm.file.read, "data")
check.raises("did you mean", function() return hm.file.raed end)

return check.scenario()
