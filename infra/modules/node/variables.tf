variable "node" {
  description = <<-EOT
    The node:
    code          its code: 156 and the six digits of GB/T 2260
    prefix        what all names begin with: PREFIX-CODE
    domain        host name that clients use; null for CloudFront's own, and then the gateway answers calls, since functions cannot know their address
    certificate   of the domain: acm_arn in ACM in us-east-1, or iam_id of a server certificate in IAM (aws-cn)
    hosted        codes of nodes that lie in this node's bucket and are served below /CODE/
    edge          whether a function at the edge admits requests in front of the cache; must be false in aws-cn
    functions     whether account calls, searches and STAC are answered by functions, instead of the gateway
    strict        whether refusals are answered as Tianditu does today
    issuer        node that issues accounts, where it is another one: its base URL, and its public key (ed25519:...)
    image         container image with the tianlake command, by its digest
    gateway       name by which CloudFront reaches the load balancer (an alias record that the operator makes), ARN of its
                  certificate in the node's region, processor units, memory (MiB), workers of a container, containers at least
                  and at most, and the networks that may reach it where CloudFront's own list is not meant
    replicated    whether the bucket is copied to a second region (provider aws.replica)
    audit_lock    object lock of the copies of the audit trail: mode, retention in days
    noncurrent_days  days for which replaced and deleted versions of objects are kept
    limits        requests of one address within five minutes: in all, of calls
    scheduled     whether the commands of a node run by the clock, on a workspace of their own (EFS)
    schedules     further commands: arguments of tianlake, expression of EventBridge Scheduler in China's time; workers: tasks that make the parts of a build
    cluster       of each of those tasks: cpu, memory_mib, disk_gib, processes, hours, tls (modules/batch says what they are)
    emails        who is told of alarms and costs
    budget        what a month may cost: amount, unit (USD, or CNY in aws-cn)
    log_access    whether CloudFront's access logs are kept, without queries
    price_class   where CloudFront serves from
    cidr          addresses of the network of the containers
    tags          further tags of every resource
  EOT
  type = object({
    code        = string
    prefix      = optional(string, "tianlake")
    domain      = optional(string)
    certificate = optional(object({ acm_arn = optional(string), iam_id = optional(string) }), {})
    hosted      = optional(list(string), [])
    edge        = optional(bool, true)
    functions   = optional(bool, true)
    strict      = optional(bool, false)
    issuer      = optional(object({ url = string, key = string }))
    image       = string
    gateway = object({
      domain          = string
      certificate_arn = string
      cpu             = optional(number, 1024)
      memory_mib      = optional(number, 2048)
      workers         = optional(number, 2)
      least           = optional(number, 2)
      most            = optional(number, 10)
      from_cidrs      = optional(list(string), [])
    })
    replicated      = optional(bool, true)
    audit_lock      = optional(object({ mode = optional(string, "GOVERNANCE"), days = optional(number, 1096) }), {})
    noncurrent_days = optional(number, 30)
    limits          = optional(object({ all = optional(number, 60000), calls = optional(number, 3000) }), {})
    scheduled       = optional(bool, true)
    schedules       = optional(map(object({ arguments = list(string), when = string, workers = optional(number, 0) })), {})
    cluster         = optional(object({ cpu = optional(number, 4096), memory_mib = optional(number, 16384), disk_gib = optional(number, 100), processes = optional(number, 4), hours = optional(number, 12), tls = optional(string) }))
    emails          = list(string)
    budget          = object({ amount = number, unit = optional(string, "USD") })
    log_access      = optional(bool, true)
    price_class     = optional(string, "PriceClass_200")
    cidr            = optional(string, "10.40.0.0/20")
    tags            = optional(map(string), {})
  })

  validation {
    condition     = can(regex("^156[0-9]{6}$", var.node.code))
    error_message = "node.code must be 156 and the six digits of GB/T 2260; 156000000 is the country."
  }
  validation {
    condition     = alltrue([for code in var.node.hosted : can(regex("^156[0-9]{6}$", code)) && code != var.node.code])
    error_message = "node.hosted must be codes of other nodes: 156 and six digits."
  }
  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,10}$", var.node.prefix))
    error_message = "node.prefix must be 2 to 11 lower-case letters and digits that begin with a letter."
  }
  validation {
    condition     = var.node.domain == null || can(regex("^[a-z0-9-]+(\\.[a-z0-9-]+)+$", var.node.domain))
    error_message = "node.domain must be a host name in lower case, without https:// and path."
  }
  validation {
    condition     = var.node.issuer == null || can(regex("^ed25519:[A-Za-z0-9+/]{43}=$", var.node.issuer.key))
    error_message = "node.issuer.key must be ed25519: and 44 characters of base64; it is printed by: tianlake keys issuer"
  }
}

variable "packages" {
  description = "Folder of packages.json and the packages that it names; make it with: make package"
  type        = string
}

variable "workspace" {
  description = "Folder of the workspace, whose nodes/CODE/node.toml and nodes/CODE/children/*.toml the gateway is given."
  type        = string
  validation {
    condition     = fileexists("${var.workspace}/nodes/${var.node.code}/node.toml")
    error_message = "workspace must be a folder that has nodes/CODE/node.toml of this node; make one with: tianlake init"
  }
}
