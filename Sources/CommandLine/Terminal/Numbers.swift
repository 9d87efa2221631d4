import Monitoring

typealias Numbers = Monitoring.Numbers
