using Writ.Shell.Knowledge;

namespace Writ.Requests;

/// <summary>
/// What a path of a request was found to be, on disk and at that moment. Only what is not as it is written is said, and
/// the content of what would be run.
/// </summary>
/// <param name="Path">Absolute, as it is written.</param>
/// <param name="Real">Where it is with every link on the way followed; null when that cannot be told, which is never
/// automatic.</param>
/// <param name="Digest">SHA-256 as hex of a script, program or plan of the work tree that would be carried out;
/// otherwise null.</param>
/// <param name="Plan">What is in it, when it is a saved plan of terraform that the command names.</param>
public sealed record FileFact(string Path, string? Real, string? Digest, PlanFact? Plan = null);
