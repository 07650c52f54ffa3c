namespace Writ.Cedar;

/// <summary>What a link puts into a template's slots. The default fills none.</summary>
public readonly record struct SlotValues(EntityUid? Principal, EntityUid? Resource);
