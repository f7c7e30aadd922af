//! Type definitions for editors, in LuaCATS.
