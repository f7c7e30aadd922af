---@meta
-- Types of hubmark's scenario language, for editors with a Lua language server.
-- Made from hubmark's own table of words; `hubmark new` writes it beside a scenario.

--- A number with its unit.
---@class hm.Quantity
---@operator add(hm.Quantity): hm.Quantity
---@operator sub(hm.Quantity): hm.Quantity
---@operator mul(number): hm.Quantity
---@operator div(number): hm.Quantity

--- A length of time. `a / b` of two durations is a number.
---@class hm.Duration
---@operator add(hm.Duration): hm.Duration
---@operator sub(hm.Duration): hm.Duration
---@operator mul(number): hm.Duration
---@operator div(number): hm.Duration
---@operator div(hm.Duration): number

--- Where a secret comes from. It can be handed on and nothing else.
---@class hm.Secret

---@class hm.Metric
---@field kind "counter"|"gauge"|"histogram" how its values add up
---@field unit? string its unit; "s", "bytes" and "ratio" are printed and judged as such
---@field about? string what it measures

---@class hm.Spawns
---@field at_most? string|hm.Quantity most spawns asked for in a time (default as fast as users come)
---@field together? integer most spawns pending at one time on a hub (default 10)
---@field timeout? string|hm.Duration how long a server may take until it is ready (default "5m")

---@class hm.Sampling
---@field host? string|hm.Duration interval of the samples of this machine and of hubmark itself (default "5s")
---@field gpu? string|hm.Duration interval of the samples of this machine's GPUs (default "1s")
---@field report? string|hm.Duration length of one row of the report's table over time (default "5m")

---@class hm.Threshold
---@field objective? string the objective
---@field [1]? string the same as `objective`
---@field abort? boolean whether the run ends once it was broken in three windows in a row (default false)
---@field hold? boolean whether no users are added while it is broken (default false)
---@field pause? boolean not there yet: a run cannot be paused (default false)
---@field after? string|hm.Duration from when on of the load it is judged while the run goes on (default "0s")

---@class hm.Hooks
---@field setup? fun(run: hm.Run) called before the first user starts
---@field task_done? fun(run: hm.Run, task: hm.Task) called after each task
---@field teardown? fun(run: hm.Run) called after the last user is gone

--- Fields of `hm.scenario`.
---@class hm.ScenarioFields
---@field name? string name of the scenario, part of its runs' names (default the file's name, or its folder's if that is scenario.lua)
---@field about? string one line that says what it is for
---@field api? integer major version of the language (default 1)
---@field tags? table<string, string> labels of your own for its runs (default {})
---@field seed? integer seed of every random choice (default 1)
---@field farm? hm.Farm several hubs; one is enough with `hub`
---@field hub? hm.Hub|hm.Server|string the one hub, or its address
---@field prometheus? table<string, hm.Prometheus> Prometheus servers that functions may ask with `run:prom`, by name (default {})
---@field notebooks? table<string, hm.Notebook|string> notebooks by the key that mixes and thresholds use
---@field notebook? hm.Notebook|string the only notebook of a one-line scenario
---@field users? table<string, hm.User>|integer kinds of user by key; in a one-line scenario their number
---@field metrics? table<string, hm.Metric> metrics that your users' code observes, by name (default {})
---@field duration? string|hm.Duration how long a one-line scenario goes on
---@field load? table<string, hm.ConstantUsers|hm.RampingUsers|hm.PerUserIterations> executors by key
---@field spawns? hm.Spawns how fast servers may be asked for
---@field sampling? hm.Sampling how often what is sampled
---@field thresholds? (string|hm.Threshold)[] objectives, shown while the run goes on and judged when it ends (default {})
---@field keep? "failed"|"sample"|"all" which executed notebooks are kept (default "sample")
---@field on? hm.Hooks functions that hubmark calls while a run goes on

--- The whole scenario: what a scenario's file returns.
---@class hm.Scenario: hm.ScenarioFields

--- Fields of `hm.farm`.
---@class hm.FarmFields
---@field hubs table<string, hm.Hub|hm.Server|string> hubs and servers by the name that nodes, executors and thresholds use
---@field nodes? (hm.Node|hm.Nodes)[] machines, in the order in which users are spread over them (default {})
---@field kernels_on? "microserver"|"gpu_server" role of the machines that notebooks' processes run on (default each node runs its own)
---@field dedicated? boolean whether each GPU belongs to one node's users alone: two nodes on one GPU are refused then, else warned of (default false)
---@field placement? "declared"|"any" what becomes of a run whose kernels are found elsewhere than the nodes say: it ends before the load, or goes on (default "declared")

--- Several hubs and plain servers, by name, and the machines that users work from.
---@class hm.Farm: hm.FarmFields

---@class hm.NodeSpawn
---@field profile? string profile of the hub's spawner, by its slug
---@field options? table<string, any> options of the spawn request beside the profile (`user_options`) (default {})

---@class hm.Limits
---@field cpu? string share of the processors' time in use
---@field memory? string share of the memory in use
---@field gpu_memory? string share of each GPU's memory in use
---@field gpu_temperature? string temperature of each GPU

---@class hm.Size
---@field cores? number processors
---@field memory? string|hm.Quantity memory
---@field gpu_memory? string|hm.Quantity memory of each of its GPUs

--- Fields of `hm.node`.
---@class hm.NodeFields
---@field name? string name of the node
---@field [1]? string the same as `name`
---@field role "microserver"|"gpu_server" what the machine is for
---@field hub? string name of the hub or server that its users work on; without it no user works on it
---@field host? string host name that its kernels report, where that is not the node's name
---@field account? string account of its user (default the next one of the hub)
---@field server? string name of its user's server (default the account's default server)
---@field spawn? hm.NodeSpawn what its users' spawns ask for, over what the hub says
---@field gpus? hm.Gpu[]|integer GPUs that its users' kernels have; as a number, so many of its own (default {})
---@field metrics? hm.Exporter|hm.Prometheus|"here" where its metrics come from; "here" is the machine that hubmark runs on
---@field limits? hm.Limits what is acceptable on it (default {})
---@field size? hm.Size what it is made of, for `simulate` (default a microserver: 4 processors, 8 GiB; a GPU server: 64 processors, 512 GiB; GPUs of 24 GiB)
---@field labels? table<string, string> labels of your own, which executors may choose by (default {})

--- A machine of the farm: what it is for, who works on it, and what is known of it.
---@class hm.Node: hm.NodeFields

--- Many machines: `each(i, name)` gives the fields of `hm.node` for each, without its name.
---@class hm.Nodes

--- A GPU of a node, by its number in the order of the PCI bus (from 0, as `nvidia-smi` counts) or by its UUID.
---@class hm.Gpu

---@class hm.ExporterHow
---@field profile? "hubmark"|"node_exporter"|"dcgm-exporter"|"nvidia_gpu_exporter" which exporter it is (default found out by what the page holds)
---@field token? string|hm.Secret token that it asks for, as an agent does that others reach
---@field ca? string PEM file of a certificate authority to trust besides the system's

--- A page of metrics in Prometheus' text format: `hubmark agent`, node_exporter, dcgm-exporter, nvidia_gpu_exporter.
---@class hm.Exporter

--- Fields of `hm.prometheus`.
---@class hm.PrometheusFields
---@field url? string address of the Prometheus
---@field [1]? string the same as `url`
---@field match? table<string, string> labels that the node's series have there; a node's `metrics` need them (default {})
---@field profile? "hubmark"|"node_exporter"|"dcgm-exporter"|"nvidia_gpu_exporter" which exporter the series come from (default found out by their names)
---@field token? string|hm.Secret token of its requests, if it wants one
---@field ca? string PEM file of a certificate authority to trust besides the system's

--- An existing Prometheus: one that has a node's series, or one that functions ask with `run:prom`.
---@class hm.Prometheus: hm.PrometheusFields

--- Fields of `hm.hub`.
---@class hm.HubFields
---@field url? string public address of the hub, with its base URL
---@field [1]? string the same as `url`
---@field token? string|hm.Secret API token of the hub; it is bound to the hub's address (default "env:JUPYTERHUB_API_TOKEN")
---@field accounts? hm.Accounts|"self" accounts that the users work under; "self": named servers of the token's own user, which needs no admin rights (default hm.accounts { pattern = "hubmark-%04d", create = true })
---@field profile? string profile of the hub's spawner, by its slug: what people choose in the form
---@field options? table<string, any> options of the spawn request beside the profile (`user_options`) (default {})
---@field headers? table<string, string> extra headers of every request (default {})
---@field ca? string PEM file of a certificate authority to trust besides the system's

--- A JupyterHub and the accounts to work under.
---@class hm.Hub: hm.HubFields

---@class ListedAccount
---@field name string name of the account
---@field token? string|hm.Secret the account's own token; without it the hub's token is used

--- Fields of `hm.accounts`.
---@class hm.AccountsFields
---@field pattern? string names with one number in them, counted from 1
---@field create? boolean whether hubmark creates the pattern's accounts and deletes them at the end (default false)
---@field list? (string|ListedAccount)[] existing accounts, one user each, by name or with a token of their own; never created, never deleted
---@field file? string file with one existing account a line: `name` or `name,token`; as a list otherwise

--- Accounts of a hub: made from a pattern, or existing ones from a list or file.
---@class hm.Accounts: hm.AccountsFields

--- Fields of `hm.server`.
---@class hm.ServerFields
---@field url? string address of the server, with its base URL
---@field [1]? string the same as `url`
---@field token? string|hm.Secret token of the server, if it wants one
---@field headers? table<string, string> extra headers of every request (default {})
---@field ca? string PEM file of a certificate authority to trust besides the system's

--- A plain Jupyter Server: kernels only, everybody works under one account.
---@class hm.Server: hm.ServerFields

---@class hm.Needs
---@field gpu? string share of its time that its GPU works for it (default none)
---@field cores? number processors that it keeps busy for the rest of its time (default 0)
---@field memory? string|hm.Quantity memory that it holds (default none)
---@field gpu_memory? string|hm.Quantity memory that it holds on the GPU (default none)

--- Fields of `hm.notebook`.
---@class hm.NotebookFields
---@field path? string path of the .ipynb file, below the scenario's folder
---@field [1]? string the same as `path`
---@field kernel? string name of the kernel to run it on (default the notebook's own, else "python3")
---@field params? table<string, any> values that are put behind the cell tagged `parameters` (default {})
---@field timeout? string|hm.Duration how long one task may take (default "10m")
---@field expect? string|hm.Duration how long one task is expected to take, for `check` and `simulate`
---@field needs? hm.Needs what one task needs of its machines while it runs, for `simulate` of a farm (default {})

--- A notebook that users execute, cell by cell. Its file is read when the scenario loads.
---@class hm.Notebook: hm.NotebookFields

---@class hm.Habits
---@field reconnect? string between two cells, loads the page again: the connection is dropped and made anew
---@field interrupt? string interrupts a cell within its first second and executes no further one: the task is `cancelled`
---@field abandon? string drops the connection within the first second of a cell, and the kernel goes on by itself: the task is `abandoned`; goes before `interrupt`
---@field run_twice? string executes the notebook once more on the same kernel: a second task of the iteration
---@field restart_kernel? string restarts the kernel after the task
---@field idle? string keeps the kernel, with what it holds on the GPU, for `idle_time` before the iteration's rest
---@field idle_time? string|hm.Duration|hm.Constant|hm.Uniform|hm.Exponential|hm.Lognormal|hm.Empirical how long (default "5m")
---@field close_tab? string drops the connection after the task instead of closing the kernel, which goes on until its server stops; the next iteration opens another
---@field stay? string closes nothing when its time is over: server and kernels stay until the end of the run, or until it comes again

--- Fields of `hm.user`.
---@class hm.UserFields
---@field mix? table<string, number> weights of the notebooks, by their key
---@field start? fun(user: hm.User) called when the user comes; it starts the server (default the default server is started)
---@field iterate? fun(user: hm.User) called in each iteration, in the place of a mix
---@field stop? fun(user: hm.User) called when the user leaves in order; kernels and server are closed after it anyway
---@field think? string|hm.Duration|hm.Constant|hm.Uniform|hm.Exponential|hm.Lognormal|hm.Empirical time between the end of a task and the next iteration; what `user:think()` waits (default "0s")
---@field pacing? string|hm.Duration|hm.Constant|hm.Uniform|hm.Exponential|hm.Lognormal|hm.Empirical least time from the start of an iteration to the start of the next
---@field notebooks_per_session? integer iterations between opening and closing the kernel that notebooks run on (default 1)
---@field habits? hm.Habits what users of a mix do beside, each with the share of iterations in which they do it (`stay`: of the times that they leave) (default {})
---@field errors_in_a_row? integer script errors in a row, over all users of an executor, after which it is paused (default 10)

--- A kind of user. With a `mix`, each iteration draws one notebook from it, executes it, then thinks. With `iterate`, it does what your functions do.
---@class hm.User: hm.UserFields

--- Always the same duration.
---@class hm.Constant

--- A duration evenly between two bounds.
---@class hm.Uniform

--- An exponential duration, cut at ten times its mean: many short ones, few long ones.
---@class hm.Exponential

--- A lognormal duration, cut at a hundred times its median: how people's pauses are usually spread.
---@class hm.Lognormal

--- One of the observed durations, each as likely as another.
---@class hm.Empirical

--- Fields of `hm.constant_users`.
---@class hm.ConstantUsersFields
---@field user string key of the kind of user in `users`
---@field users integer how many
---@field duration string|hm.Duration how long
---@field together? boolean make servers and kernels ready first, then release all users at once (default false)
---@field on? string|string[]|table<string, string>|fun(labels: table<string, string>): boolean what the users are spread over in turn: a role, a node, a hub or server, a list of them, labels that nodes have, or a function that is called with each node's labels when the scenario loads and says whether to take it (default all nodes that have a hub; all hubs and servers where there are none)
---@field per_node? integer most users on one node (default 1)
---@field start? string|hm.Duration when it begins, from the start of the load (default "0s")
---@field graceful_stop? string|hm.Duration how long a task under way may go on after the end, and how long a user's `stop` may take (default "30s")
---@field tags? table<string, string> labels of your own (default {})

--- A fixed number of users for a time; each iterates again when it is done.
---@class hm.ConstantUsers: hm.ConstantUsersFields

---@class hm.Stage
---@field users integer users at the end of the stage
---@field duration string|hm.Duration how long the stage takes; "0s" jumps

--- Fields of `hm.ramping_users`.
---@class hm.RampingUsersFields
---@field user string key of the kind of user in `users`
---@field from? integer users at the beginning (default 0)
---@field stages hm.Stage[] the stages, one after the other
---@field on? string|string[]|table<string, string>|fun(labels: table<string, string>): boolean what the users are spread over in turn: a role, a node, a hub or server, a list of them, labels that nodes have, or a function that is called with each node's labels when the scenario loads and says whether to take it (default all nodes that have a hub; all hubs and servers where there are none)
---@field per_node? integer most users on one node (default 1)
---@field start? string|hm.Duration when it begins, from the start of the load (default "0s")
---@field graceful_stop? string|hm.Duration how long a task under way may go on after the end, and how long a user's `stop` may take (default "30s")
---@field tags? table<string, string> labels of your own (default {})

--- A number of users that follows stages, linearly within each.
---@class hm.RampingUsers: hm.RampingUsersFields

--- Fields of `hm.per_user_iterations`.
---@class hm.PerUserIterationsFields
---@field user string key of the kind of user in `users`
---@field users integer how many
---@field iterations integer iterations of each user
---@field at_most? string|hm.Duration stop after this time even if iterations are left
---@field on? string|string[]|table<string, string>|fun(labels: table<string, string>): boolean what the users are spread over in turn: a role, a node, a hub or server, a list of them, labels that nodes have, or a function that is called with each node's labels when the scenario loads and says whether to take it (default all nodes that have a hub; all hubs and servers where there are none)
---@field per_node? integer most users on one node (default 1)
---@field start? string|hm.Duration when it begins, from the start of the load (default "0s")
---@field graceful_stop? string|hm.Duration how long a task under way may go on after the end, and how long a user's `stop` may take (default "30s")
---@field tags? table<string, string> labels of your own (default {})

--- A fixed amount of work: each user does so many iterations.
---@class hm.PerUserIterations: hm.PerUserIterationsFields

--- What went wrong with a task.
---@class hm.TaskError
---@field kind string the failure's name
---@field message string what was seen
---@field cell integer? index of the cell where it went wrong, of all cells, from 0

--- One execution of a notebook, as hooks see it.
---@class hm.Task
---@field id string id of the task
---@field notebook string key of the notebook
---@field hub string name of the hub or server
---@field account string account; empty on a plain server
---@field node string? name of its user's node; nil where the farm has no nodes
---@field outcome string how it ended: "ok" or the failure's name
---@field duration_s number seconds from its start to its end
---@field response_s number seconds from when it was scheduled to its end
---@field cells integer code cells of the notebook
---@field error hm.TaskError? what went wrong; nil for "ok"

--- The run, as hooks see it.
---@class hm.Run
---@field id string id of the run
---@field elapsed_s number seconds since the run began
---@field generation integer generation of the plan in force
---@field users integer users at work
---@field simulated boolean whether the world is simulated
---@field log hm.Log the run's log
---@field shared hm.Shared what all users and hooks share
local run = {}

---@class hm.Log
local log = {}

--- Sets a mark on the time axis of report and live view.
---@param text string
function run:mark(text) end

--- Ends the run gracefully, with a reason.
---@param reason string
function run:stop(reason) end

--- A GPU of a node, by its number from 0: what it is, and its latest sample. "here" is the machine that hubmark runs on. `gpu:sample()` measures it now.
---@param node string
---@param index integer
---@return hm.Gpu
function run:gpu(node, index) end

--- A machine without its GPUs: its latest sample. "here" is the machine that hubmark runs on. `host:sample()` measures it now.
---@param node string
---@return hm.Host
function run:host(node) end

--- A hub of the scenario, to look at.
---@param name string
---@return hm.HubView
function run:hub(name) end

--- A Prometheus that the scenario names under `prometheus`, to ask.
---@param name string
---@return hm.Prom
function run:prom(name) end

--- Live figures of `task.duration`, `iteration.duration` or `spawn.duration` (of what went well, in seconds), or of a metric of the scenario's own, `metric.NAME`.
---@param metric string
---@return hm.Stats
function run:stats(metric) end

--- Writes a line to the run's log, with values by name that stand beside it.
---@param text string
---@param fields? table<string, any>
function log:info(text, fields) end

--- Writes a warning to the run's log.
---@param text string
---@param fields? table<string, any>
function log:warn(text, fields) end

--- Writes an error to the run's log.
---@param text string
---@param fields? table<string, any>
function log:error(text, fields) end

--- What `prom:query_range` takes.
---@class hm.QueryRange
---@field start number its first moment, as `run.elapsed_s` counts; before the run it is negative
---@field stop number its last moment, as `run.elapsed_s` counts
---@field step? string|hm.Duration from one value to the next (default "15s")

--- What `run.shared:wait` takes.
---@class hm.Wait
---@field timeout? string|hm.Duration how long to wait for the others (default "60s")

--- One series of an answer.
---@class hm.OneSeries
---@field labels table<string, string> its labels, with its name as `__name__`
---@field value number its last value
---@field points { at_s: number, value: number }[] its values; times as `run.elapsed_s` counts

--- What a Prometheus or a page of metrics answered.
---@class hm.Series
---@field kind string "scalar", "string", "vector" or "matrix", as Prometheus has it
---@field value number? the value of a scalar, or of the only series of a vector; may be infinite or no number
---@field text string? the text of a string
---@field series hm.OneSeries[] the series of a vector or a matrix

--- Live figures of a metric.
---@class hm.Stats
---@field count integer how many there were since the run began
---@field p50 number? median of the last 200; nil before there is one
---@field p95 number? 95th percentile of the last 200
---@field mean number? mean of the last 200
---@field rate number? how many of the last 200 there were a second

--- A GPU, as its latest sample shows it.
---@class hm.Gpu
---@field node string the node that was asked for
---@field at_s number when it was measured, as `run.elapsed_s` counts
---@field age_s number how long ago that was
---@field simulated boolean whether its figures are SIMULATED
---@field index integer the number that was asked for
---@field uuid string? its UUID, where the source tells it
---@field name string? what it calls itself, where hubmark's own driver tells it
---@field power_limit_w number? most power that it may take, likewise
---@field mig boolean? whether it is cut into instances, likewise
---@field utilization number? share of time in which some kernel ran, 0 to 1
---@field busy_s number? time for which it was busy, as the samples add up
---@field sm_activity number? share of time for which SMs had work, 0 to 1; Hopper and newer
---@field sm_occupancy number? warps of all that SMs could hold, 0 to 1; Hopper and newer
---@field tensor_activity number? share of time for which tensor cores worked, 0 to 1
---@field dram_activity number? share of the memory's bandwidth in use, 0 to 1
---@field memory_used_bytes number? memory in use
---@field memory_total_bytes number? memory of the GPU
---@field power_w number? power
---@field energy_j number? the device's energy counter
---@field temperature_c number? temperature
---@field clock_hz table<string, number>? clocks: `sm`, `memory`, `video`
---@field throttle_s table<string, number>? time for which clocks were held down, by reason
---@field ecc_errors table<string, number>? ECC errors: `corrected`, `uncorrected`
---@field xid_errors table<string, number>? XID errors since the run's start, by their number as a text
---@field pcie_bytes table<string, number>? bytes over PCIe: `transmit`, `receive`
local gpu = {}

--- Measures the GPU now; a sample younger than 100 ms is given as it is.
---@return hm.Gpu
function gpu:sample() end

--- A machine, as its latest sample shows it.
---@class hm.Host
---@field node string the node that was asked for
---@field at_s number when it was measured, as `run.elapsed_s` counts
---@field age_s number how long ago that was
---@field simulated boolean whether its figures are SIMULATED
---@field cpu_utilization number? share of all processors in use, 0 to 1
---@field cpu_steal number? share of all processors that a hypervisor gave to others, 0 to 1
---@field cpu_s table<string, number>? time of all processors by mode
---@field memory_used_bytes number? memory in use
---@field memory_total_bytes number? memory of the machine, or its control group's limit
---@field swap_used_bytes number? swap in use
---@field load1 number? load average over one minute
---@field load5 number? load average over five minutes
---@field load15 number? load average over fifteen minutes
---@field pressure_s table<string, number>? time that tasks waited (PSI): `cpu_some`, `memory_full`, …
---@field disk_read_bytes number? bytes read from disks
---@field disk_written_bytes number? bytes written to disks
---@field disk_busy_s number? time for which disks had something to do
---@field network_receive_bytes number? bytes received
---@field network_transmit_bytes number? bytes sent
---@field network_errors table<string, number>? packets with errors, by direction
---@field network_dropped table<string, number>? packets that were dropped, by direction
---@field oom_kills number? processes that the kernel ended because memory ran out
---@field boot_time_s number? wall time of the boot, seconds since 1970
---@field uptime_s number? seconds since the boot
local host = {}

--- Measures the machine now; a sample younger than 100 ms is given as it is.
---@return hm.Host
function host:sample() end

--- A hub, to look at.
---@class hm.HubView
local hub = {}

--- Version, what the hub tells of itself, and scopes of the token.
---@return table<string, any>
function hub:info() end

--- Users that the token may see, by name: `name`, `admin`, `groups`, `created`, `last_activity`, `servers`. What the token may not read is absent.
---@return table<string, any>[]
function hub:users() end

--- Servers of those users: `account`, `name` (empty for the default one), `ready`, `pending`, `started`, `last_activity`, `url`.
---@return table<string, any>[]
function hub:servers() end

--- Groups: `name` and `users`. It needs the scope `list:groups`.
---@return table<string, any>[]
function hub:groups() end

--- Routes of the proxy: `path`, `target`, `user`. It needs the scope `proxy`.
---@return table<string, any>[]
function hub:routes() end

--- Series of the hub's page of metrics. It needs the scope `read:metrics`.
---@return hm.Series
function hub:metrics() end

--- A Prometheus, to ask.
---@class hm.Prom
local prom = {}

--- The value of an expression now.
---@param promql string
---@return hm.Series
function prom:query(promql) end

--- The values of an expression over a stretch of time.
---@param promql string
---@param range hm.QueryRange
---@return hm.Series
function prom:query_range(promql, range) end

--- What all users and hooks share.
---@class hm.Shared
local shared = {}

--- Adds to a counter that all users and hooks see, 1 unless it says how much, and gives its new value.
---@param name string
---@param by? number
---@return number
function shared:add(name, by) end

--- The value of a counter; 0 where nobody added to it.
---@param name string
---@return number
function shared:count(name) end

--- Keeps plain data that all users and hooks see, at most 64 KiB as JSON; nil takes it away.
---@param name string
---@param value any
function shared:set(name, value) end

--- A copy of what was kept under a name; nil where there is nothing.
---@param name string
---@return any
function shared:get(name) end

--- A barrier: waits until so many have come, then all of them go on. It is an error where the others do not come in time.
---@param name string
---@param parties integer
---@param how? hm.Wait
function shared:wait(name, parties, how) end

--- What `user:start_server` takes.
---@class hm.StartServer
---@field name? string name of the server (default the user's default server)
---@field profile? string the profile to choose, where the hub offers some
---@field options? table<string, any> options of the spawn, over those of the hub (default {})
---@field timeout? string|hm.Duration how long it may take until it is ready (default that of `spawns`)

--- What `user:open_kernel` takes.
---@class hm.OpenKernel
---@field spec? string name of the kernel's specification (default "python3")

--- What `user:run` takes.
---@class hm.RunNotebook
---@field params? table<string, any> parameters over those of the notebook (default {})
---@field keep? boolean whether the executed copy is kept (default as the scenario's `keep` says)

--- What `kernel:execute` takes.
---@class hm.Execute
---@field timeout? string|hm.Duration how long it may take; then the kernel is interrupted (default "10m")

--- A server that was started.
---@class hm.ServerStarted
---@field name string name of the server; empty for the default one
---@field spawn_s number seconds until it was ready, with the wait for the pacing of spawns

--- What code on a kernel raised.
---@class hm.CodeError
---@field name string name of the exception
---@field message string its text
---@field traceback string its traceback, without terminal colours

--- What came of code on a kernel.
---@class hm.Executed
---@field status string "ok", or "error" where the code raised something
---@field text string what it printed and the text of its results, in one piece
---@field outputs table[] its outputs, as notebooks have them
---@field truncated boolean whether output is missing: over 1 MiB of it, or what the server or a lost connection dropped
---@field duration_s number seconds from sending it to its end
---@field count integer? the number that the kernel gave it
---@field error hm.CodeError? what the code raised; nil for "ok"

--- A failure of the hub, as calls on `user` and `kernel` raise it.
---@class hm.Failure
---@field kind string the outcome's name, such as "spawn_failed"
---@field status integer? status of the hub's HTTP answer, where there was one
---@field retryable boolean whether the same call can succeed later
---@field retry_after_s number? seconds that the hub asked to wait
---@field message string what was seen
---@field call string what was called, such as "user:start_server"

--- A GPU of a user's node.
---@class hm.UserGpu
---@field node string name of the node that holds it
---@field index integer? its number on that node, from 0; nil where the scenario gives its UUID
---@field uuid string? its UUID; nil where the scenario gives its number

--- A kernel that the user opened.
---@class hm.Kernel
---@field spec string name of its specification
local kernel = {}

--- Executes code and waits for its end. What the code raises is in the result; a timeout or a lost kernel is a failure.
---@param code string
---@param how? hm.Execute
---@return hm.Executed
function kernel:execute(code, how) end

--- Interrupts the kernel; an idle one is not changed by it.
function kernel:interrupt() end

--- Restarts the kernel: what it knew is lost.
function kernel:restart() end

--- Shuts the kernel down.
function kernel:close() end

--- A user, in the hands of its own functions.
---@class hm.User
---@field id string the executor's key and the user's number: "class/3"
---@field hub string name of the hub or server that it works on
---@field account string its account; empty on a plain server
---@field node string? name of the node that it works from; nil where the farm has no nodes
---@field gpus hm.UserGpu[] GPUs that the scenario gives to its node; empty without any
---@field iteration integer? number of the iteration, from 1; nil in `start` and `stop`
---@field random hm.Random chance of this user and iteration: the same again under the same seed, whatever others draw
---@field run hm.Run the run, as hooks see it; called as `user:run(…)` it executes a notebook
---@field data any the user's own plain data, at most 256 KiB as JSON; it stays when the VM is made anew after a limit was broken
local user = {}

--- Starts the user's server and waits until it is ready. One at a time; on a plain server there is nothing to start.
---@param wish? hm.StartServer
---@return hm.ServerStarted
function user:start_server(wish) end

--- Closes the user's kernels, stops its server and waits until it is gone.
function user:stop_server() end

--- Stops the server and deletes the user's account, if hubmark made it; the next `user:start_server` makes it again.
function user:delete() end

--- Opens a kernel. One that `iterate` opens is closed when the iteration ends, one that `start` opens when the user leaves.
---@param wish? hm.OpenKernel
---@return hm.Kernel
function user:open_kernel(wish) end

--- Executes a notebook of the scenario cell by cell, as the built-in user does, and records it as a task. It returns the task however it ended.
---@param notebook string
---@param how? hm.RunNotebook
---@return hm.Task
function user:run(notebook, how) end

--- Writes a file on the user's server, over one that is there. Its folder must be there.
---@param path string
---@param data string
function user:put(path, data) end

--- Reads a file of the user's server, at most 4 MiB.
---@param path string
---@return string
function user:get(path) end

--- Waits the `think` time of `hm.user`, another draw each time.
function user:think() end

--- Waits.
---@param duration string|hm.Duration
function user:sleep(duration) end

--- Waits until this long after the last `user:pace`, or after the beginning of the iteration; not at all if that is past.
---@param duration string|hm.Duration
function user:pace(duration) end

--- Calls a function as a named step and records how long it took and how it ended. Steps nest; a nested one is `outer/inner`.
---@param name string
---@param f function
---@param ... any
---@return any
function user:step(name, f, ...) end

--- Records whether something held. The iteration goes on.
---@param name string
---@param ok boolean
function user:check(name, ok) end

--- Records a value of a metric that the scenario declares under `metrics`: a counter adds it, a gauge takes it, a histogram collects it. Thresholds judge it as `metric.NAME`.
---@param name string
---@param value number
function user:metric(name, value) end

--- Calls a function and gives what it returns; a failure of the hub comes back as `nil, failure` and is no failure of the run. Errors of the code itself are not caught.
---@param f function
---@param ... any
---@return any
function user:try(f, ...) end

---@class hm.Random
local random = {}

---@class hm
---@field random hm.Random chance of the scenario's seed
hm = {}

hm.json = {}
hm.file = {}
--- The value that JSON's `null` becomes.
---@type any
hm.json.null = nil

--- A duration as a value: it adds, subtracts, compares, prints, multiplies with numbers; divided by a duration it gives a number.
---@param text string
---@return hm.Duration
function hm.duration(text) end

--- Plain data as JSON text, keys sorted; at most 1 MiB and 64 levels.
---@param value any
---@return string
function hm.json.encode(value) end

--- JSON text as plain data; `null` becomes `hm.json.null`.
---@param text string
---@return any
function hm.json.decode(text) end

--- Content of a file below the scenario's folder, at most 16 MiB.
---@param path string
---@return string
function hm.file.read(path) end

--- A whole number, both bounds included, of the scenario's seed.
---@param from integer
---@param to integer
---@return integer
function random:integer(from, to) end

--- A number between the bounds (0 and 1), the upper one excluded.
---@param from? number
---@param to? number
---@return number
function random:number(from, to) end

--- One item of a list, each as likely as another.
---@param list any[]
---@return any
function random:pick(list) end

--- A new list with the items in random order.
---@param list any[]
---@return any[]
function random:shuffle(list) end

--- A stream of its own: draws from it move no others.
---@param name string
---@return hm.Random
function random:stream(name) end

--- Declares parameters: each becomes a flag of `run`, `check` and `simulate`. The default stands first: `{ 16, min = 1 }`.
--- `presets = { small = { agents = 2 } }` are chosen with `--preset small`.
---@param declarations table<string, { [1]: any, kind: hm.ParamKind?, min: any, max: any, choices: string[]?, about: string? }>
---@return table<string, any>
function hm.params(declarations) end

---@alias hm.ParamKind "string"|"integer"|"number"|"boolean"|"duration"|"rate"|"bytes"|"ratio"|"url"|"path"|"choice"|"secret"

--- The whole scenario: what a scenario's file returns.
---
--- `return hm.scenario { hub = "http://127.0.0.1:8000", notebook = "mnist.ipynb", users = 4, duration = "10m" }`
---@param fields hm.ScenarioFields
---@return hm.Scenario
function hm.scenario(fields) end

--- Several hubs and plain servers, by name, and the machines that users work from.
---
--- `hm.farm { hubs = { gx8 = "http://gx8:8000" }, nodes = { hm.node { "ms-01", role = "microserver", hub = "gx8" } } }`
---@param fields hm.FarmFields
---@return hm.Farm
function hm.farm(fields) end

--- A machine of the farm: what it is for, who works on it, and what is known of it.
---
--- `hm.node { "ms-01", role = "microserver", hub = "gx8", gpus = { hm.gpu("gx8", 0) }, limits = { memory = "85%" } }`
---@param fields hm.NodeFields
---@return hm.Node
function hm.node(fields) end

--- Many machines: `each(i, name)` gives the fields of `hm.node` for each, without its name.
---
--- `hm.nodes("ms-%02d", 16, function(i, name) return { role = "microserver", hub = "gx8", gpus = { hm.gpu("gx8", i - 1) } } end)`
---@param pattern string names with one number in them, counted from 1
---@param count integer how many
---@param each fun(i: integer, name: string): table<string, any> called for each when the scenario loads
---@return hm.Nodes
function hm.nodes(pattern, count, each) end

--- A GPU of a node, by its number in the order of the PCI bus (from 0, as `nvidia-smi` counts) or by its UUID.
---
--- `hm.gpu("gx8", 3)`
---@param node string name of the node that holds it
---@param gpu integer|string its number from 0, or its UUID ("GPU-…", "MIG-…")
---@return hm.Gpu
function hm.gpu(node, gpu) end

--- A page of metrics in Prometheus' text format: `hubmark agent`, node_exporter, dcgm-exporter, nvidia_gpu_exporter.
---
--- `hm.exporter("http://ms-01:9100/metrics", { profile = "node_exporter" })`
---@param url string address of the page
---@param how? hm.ExporterHow how to reach and read it
---@return hm.Exporter
function hm.exporter(url, how) end

--- An existing Prometheus: one that has a node's series, or one that functions ask with `run:prom`.
---
--- `hm.prometheus { url = "http://prometheus:9090", match = { instance = "ms-01:9100" } }`
---@param fields hm.PrometheusFields
---@return hm.Prometheus
function hm.prometheus(fields) end

--- A JupyterHub and the accounts to work under.
---
--- `hm.hub { url = "https://hub.example.org", token = "env:HUBMARK_TOKEN", profile = "gpu" }`
---@param fields hm.HubFields
---@return hm.Hub
function hm.hub(fields) end

--- Accounts of a hub: made from a pattern, or existing ones from a list or file.
---
--- `hm.accounts { pattern = "hubmark-%04d", create = true }`
---@param fields hm.AccountsFields
---@return hm.Accounts
function hm.accounts(fields) end

--- A plain Jupyter Server: kernels only, everybody works under one account.
---
--- `hm.server { url = "http://127.0.0.1:8888", token = "env:HUBMARK_SERVER_TOKEN" }`
---@param fields hm.ServerFields
---@return hm.Server
function hm.server(fields) end

--- A notebook that users execute, cell by cell. Its file is read when the scenario loads.
---
--- `hm.notebook { "notebooks/train.ipynb", params = { epochs = 3 }, timeout = "20m", expect = "4m" }`
---@param fields hm.NotebookFields
---@return hm.Notebook
function hm.notebook(fields) end

--- A kind of user. With a `mix`, each iteration draws one notebook from it, executes it, then thinks. With `iterate`, it does what your functions do.
---
--- `hm.user { mix = { train = 5, infer = 2 }, think = hm.exponential("30s"), notebooks_per_session = 5 }`
---@param fields hm.UserFields
---@return hm.User
function hm.user(fields) end

--- Always the same duration.
---
--- `hm.constant("5s")`
---@param value string|hm.Duration the duration
---@return hm.Constant
function hm.constant(value) end

--- A duration evenly between two bounds.
---
--- `hm.uniform("5s", "20s")`
---@param from string|hm.Duration the least
---@param to string|hm.Duration the greatest
---@return hm.Uniform
function hm.uniform(from, to) end

--- An exponential duration, cut at ten times its mean: many short ones, few long ones.
---
--- `hm.exponential("30s")`
---@param mean string|hm.Duration mean before the cut
---@return hm.Exponential
function hm.exponential(mean) end

--- A lognormal duration, cut at a hundred times its median: how people's pauses are usually spread.
---
--- `hm.lognormal("20s", 0.8)`
---@param median string|hm.Duration half of the draws are shorter
---@param sigma number standard deviation of the logarithm; 0.5 is mild, 1.5 is wild
---@return hm.Lognormal
function hm.lognormal(median, sigma) end

--- One of the observed durations, each as likely as another.
---
--- `hm.empirical { "3s", "5s", "40s" }`
---@param values (string|hm.Duration)[] what was observed
---@return hm.Empirical
function hm.empirical(values) end

--- A fixed number of users for a time; each iterates again when it is done.
---
--- `hm.constant_users { user = "agent", users = 16, duration = "4h", together = true }`
---@param fields hm.ConstantUsersFields
---@return hm.ConstantUsers
function hm.constant_users(fields) end

--- A number of users that follows stages, linearly within each.
---
--- `hm.ramping_users { user = "agent", stages = { { users = 20, duration = "5m" }, { users = 0, duration = "1m" } } }`
---@param fields hm.RampingUsersFields
---@return hm.RampingUsers
function hm.ramping_users(fields) end

--- A fixed amount of work: each user does so many iterations.
---
--- `hm.per_user_iterations { user = "agent", users = 4, iterations = 25, at_most = "1h" }`
---@param fields hm.PerUserIterationsFields
---@return hm.PerUserIterations
function hm.per_user_iterations(fields) end

return hm
