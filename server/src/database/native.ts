import type { Connection, mongo } from 'mongoose';

/**
 * A model's collection as the driver's own, for what mongoose would only slow down or not understand: pipelines, bulk
 * writes of them, and results whose shape another aggregation made.
 */
export function nativeCollection<Document extends mongo.Document>(model: {
  db: Connection;
  collection: { name: string };
}): mongo.Collection<Document> {
  return model.db.getClient().db(model.db.name).collection<Document>(model.collection.name);
}
