namespace Writ.Egress;

/// <summary>Why something that came from a run is not passed on: a stable code and a sentence for whoever sent it.
/// </summary>
public sealed record EgressProblem(string Code, string Why);
