local first = require "lib.first"
return { first = first }
