namespace Writ.Corpus;

/// <summary>A file that cannot be read as a packed corpus; the message says where and what was expected.</summary>
public sealed class BrokenCorpusException(string message) : Exception(message);
