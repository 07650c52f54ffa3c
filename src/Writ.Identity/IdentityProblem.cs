namespace Writ.Identity;

/// <summary>Why something that claims an identity is not believed: a stable code, and a sentence without a secret.
/// </summary>
public sealed record IdentityProblem(string Code, string Why);
