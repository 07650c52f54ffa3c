namespace Writ.Shell.Knowledge;

/// <summary>A file of knowledge that cannot be used: a mistake in the data, found when they are read.</summary>
public sealed class KnowledgeException(string message) : Exception(message);
